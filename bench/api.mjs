// Writes and decisions a second at 64 connections, in turn with PostgreSQL itself doing the least.
import fs from 'node:fs';
import path from 'node:path';
import { createHash } from 'node:crypto';
import { output } from '../e2e/support/process.mjs';
import { Poster, firstChoice, newJournal, sendAll } from '../torture/journal.mjs';
import { number, spread, summary, table } from './figures.mjs';

const CONNECTIONS = 64;
const SECONDS = 8;
const KNOWN = 10_000;
const ORIGIN = 'http://127.0.0.1:9';

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

async function wrk(ouinon, site, script, visitors) {
  const result = path.join(ouinon.data, 'result.json');
  await output('wrk', ['-t', '2', '-c', String(CONNECTIONS), '-d', `${SECONDS}s`, '--latency', '--timeout', '20s', '-s', `load/${script}.lua`, ouinon.url], {
    cwd: import.meta.dirname,
    env: { ...process.env, SITE: site.id, KEY: site.key, NOTICE: site.notice, ORIGIN, VISITORS: visitors, RESULT: result },
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

const C15T = { writes: 588, decisions: 2270 };

function rows(store, results) {
  const line = (name, runs, peer) => {
    const rates = runs.map(({ rate }) => rate);
    const ratio = peer ? `${number(summary(rates).median / peer, 1)} ×` : '';
    return [`${name}`, spread(rates), spread(runs.map(({ p50 }) => p50), 2), runs[0].p99 ? spread(runs.map(({ p99 }) => p99), 2) : '', ratio];
  };
  return [
    line(`Ouinon on ${store}: recorded choices`, results.writes, C15T.writes),
    line(`Ouinon on ${store}: decisions`, results.decisions, C15T.decisions),
    ...(results.insert.length ? [line('pgbench: one row inserted', results.insert), line('pgbench: one row by its key', results.select)] : []),
  ];
}

export function apiSection(byStore) {
  const all = [...byStore].flatMap(([store, results]) => rows(store, results));
  return `## Writes and decisions a second

${CONNECTIONS} connections, ${SECONDS} s a run, load and servers on the same two cores, PostgreSQL with fsync and
\`synchronous_commit\` on, limits off; every write is a new visitor with a signed receipt, every decision one question
over HTTP. Median (lowest–highest); the loads take turns. pgbench speaks to PostgreSQL directly, without HTTP.

${table(['', 'a second', 'p50, ms', 'p99, ms', 'beside c15t'], all)}

“Beside c15t” divides by the best figures that we measured for \`@c15t/backend\` 2.2.1 with the indexes it lacks, on a
machine of this kind, at 64 connections: ${number(C15T.writes)} writes and ${number(C15T.decisions)} checks a second.
It is a figure from another run, and says so.
`;
}
