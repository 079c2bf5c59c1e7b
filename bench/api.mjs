// Writes and decisions a second at 64 connections, in turn with PostgreSQL itself doing the least.
import fs from 'node:fs';
import path from 'node:path';
import { createHash } from 'node:crypto';
import { output } from '../e2e/support/process.mjs';
import { Poster, firstChoice, newJournal, sendAll } from '../torture/journal.mjs';
import { number, spread, summary, table } from './figures.mjs';

export const CONNECTIONS = 64;
const THREADS = 2;
export const SECONDS = 8;
const KNOWN = 10_000;
export const ORIGIN = 'http://127.0.0.1:9';

const visitorId = (secret) =>
  createHash('sha256').update(Buffer.from(secret, 'base64url')).digest().subarray(0, 16).toString('base64url');

/** Known visitors to ask about; gives the file with their ids. */
async function seed(ouinon, site) {
  const bodies = Array.from({ length: KNOWN }, () => firstChoice(site.notice));
  const journal = newJournal();
  const poster = new Poster(ouinon, site, ORIGIN, CONNECTIONS);
  await sendAll(poster, bodies, journal, CONNECTIONS);
  poster.close();
  if (journal.acked.size !== KNOWN) throw new Error(`only ${journal.acked.size} of ${KNOWN} stored: ${JSON.stringify(journal.refused[0])}`);
  const file = path.join(ouinon.data, 'visitors.txt');
  fs.writeFileSync(file, bodies.map((body) => `${visitorId(JSON.parse(body).visitor_secret)}\n`).join(''));
  return file;
}

/** A load over all connections; `pace`: so many requests a second instead of all that go through. */
export async function wrk(ouinon, site, script, visitors = '', { seconds = SECONDS, pace = 0 } = {}) {
  const result = path.join(ouinon.data, 'result.json');
  await output('wrk', ['-t', String(THREADS), '-c', String(CONNECTIONS), '-d', `${seconds}s`, '--latency', '--timeout', '20s', '-s', `load/${script}.lua`, ouinon.url], {
    cwd: import.meta.dirname,
    env: { ...process.env, SITE: site.id, KEY: site.key, NOTICE: site.notice, ORIGIN, VISITORS: visitors, RESULT: result,
      GAP: pace ? String((1000 * THREADS) / pace) : '' },
  });
  return JSON.parse(fs.readFileSync(result));
}

async function pgbench(postgres, script) {
  const text = await output(path.join(postgres.programs, 'pgbench'), ['-h', '127.0.0.1', '-p', String(postgres.port), '-U', 'ouinon',
    '-n', '-M', 'prepared', '-c', String(CONNECTIONS), '-j', '2', '-T', String(SECONDS), '-f', `load/${script}.sql`, 'reference'], { cwd: import.meta.dirname });
  return { rate: Number(text.match(/tps = ([\d.]+)/)[1]), p50: Number(text.match(/latency average = ([\d.]+)/)[1]) };
}

/** Four loads in turn, `runs` rounds. Any refused or broken request spoils the figure, so it ends the run. */
export async function measureApi(ouinon, site, postgres, runs) {
  const visitors = await seed(ouinon, site);
  const results = { writes: [], decisions: [], insert: [], select: [] };
  for (let round = 0; round < runs; round += 1) {
    for (const load of ['writes', 'decisions']) {
      const result = await wrk(ouinon, site, load, visitors);
      if (result.refused || result.broken) throw new Error(`${load}: ${JSON.stringify(result)}`);
      results[load].push(result);
    }
    if (postgres) {
      for (const load of ['insert', 'select']) results[load].push(await pgbench(postgres, load));
    }
  }
  return results;
}

/**
 * `@c15t/backend` 2.2.1 with the indexes it lacks, on a machine of this kind, as a share of what pgbench did there: its
 * best 588 writes and 2,270 checks a second at 64 connections beside 26,250 inserts and 73,500 selects. A share of
 * the same machine's PostgreSQL can be set beside another day's; a rate cannot.
 */
const C15T = { writes: 588 / 26_250, decisions: 2_270 / 73_500 };
const REFERENCE = { writes: 'insert', decisions: 'select' };
const percent = (share) => `${number(share * 100, 1)} %`;

function rows(store, results, reference) {
  const line = (name, runs, share) => {
    const rates = runs.map(({ rate }) => rate);
    return [name, spread(rates), spread(runs.map(({ p50 }) => p50), 2), runs[0].p99 ? spread(runs.map(({ p99 }) => p99), 2) : '', share];
  };
  const share = (load) => {
    const part = summary(results[load].map(({ rate }) => rate)).median / summary(reference[REFERENCE[load]].map(({ rate }) => rate)).median;
    return `${percent(part)} (${number(part / C15T[load], 1)} × c15t)`;
  };
  return [
    line(`Ouinon on ${store}: recorded choices`, results.writes, share('writes')),
    line(`Ouinon on ${store}: decisions`, results.decisions, share('decisions')),
    ...(results.insert.length ? [line('pgbench: one row inserted', results.insert, ''), line('pgbench: one row by its key', results.select, '')] : []),
  ];
}

export function apiSection(byStore) {
  const reference = [...byStore.values()].find(({ insert }) => insert.length);
  const all = [...byStore].flatMap(([store, results]) => rows(store, results, reference));
  return `## Writes and decisions a second

${CONNECTIONS} connections, ${SECONDS} s a run, load and servers on the same two cores, PostgreSQL with fsync and
\`synchronous_commit\` on, limits off; every write is a new visitor with a signed receipt, every decision one question
over HTTP, answered yes and logged (\`OUINON_DECISION_LOG=yes\`). Median (lowest–highest); the loads take turns. pgbench speaks to PostgreSQL directly, without HTTP.

${table(['', 'a second', 'p50, ms', 'p99, ms', 'beside pgbench'], all)}

\`@c15t/backend\` 2.2.1, given the indexes it lacks, reached ${percent(C15T.writes)} of pgbench's inserts and
${percent(C15T.decisions)} of its selects on a machine of this kind (588 writes, 2,270 checks a second, 64 connections).
`;
}
