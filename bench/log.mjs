// What the evidence log costs, how long a record waits for its place, and how fast many logs catch up.
import { Ouinon } from '../e2e/support/world.mjs';
import { until } from '../e2e/support/process.mjs';
import { Poster, firstChoice, newJournal, sendAll } from '../torture/journal.mjs';
import { number, spread, summary, table } from './figures.mjs';
import { CONNECTIONS, ORIGIN, SECONDS, about, wrk } from './load.mjs';

/** Writes a second at which the merge delay is taken, and for how long. */
const PACE = 2_000;
const PACED_SECONDS = 20;
/** Sites with work at the same moment. */
const SITES = 10_000;

const server = async (env) => {
  const ouinon = await Ouinon.create({ OUINON_RATE_LIMITS: 'off', ...env });
  await ouinon.command(['migrate', 'up']);
  return ouinon;
};

/** Writes with the log running beside, and with the queue alone, in turn. */
async function cost(postgres, runs) {
  const rates = {};
  const servers = [];
  for (const jobs of ['on', 'off']) {
    const ouinon = await server({ OUINON_JOBS: jobs, DATABASE_URL: await postgres.url(`jobs_${jobs}`) });
    servers.push([jobs, ouinon, await ouinon.site([ORIGIN])]);
    rates[jobs] = [];
    await ouinon.serve();
  }
  for (let round = 0; round < runs; round += 1) {
    for (const [jobs, ouinon, site] of round % 2 ? servers : servers.toReversed()) {
      rates[jobs].push((await wrk(ouinon.url, 'writes', about(site))).rate);
    }
  }
  for (const [, ouinon] of servers) await ouinon.stop();
  return rates;
}

/** How long records wait until a published checkpoint covers them, milliseconds, at a steady pace. */
async function delays(postgres) {
  const ouinon = await server({ DATABASE_URL: await postgres.url('paced') });
  try {
    const site = await ouinon.site([ORIGIN]);
    await ouinon.serve();
    const published = [];
    let over = false;
    const watch = (async () => {
      while (!over) {
        const note = await (await fetch(`${ouinon.url}/v1/sites/${site.id}/log/checkpoint`)).text();
        published.push([Date.now(), Number(note.split('\n')[1])]);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    })();
    const result = await wrk(ouinon.url, 'writes', about(site), { seconds: PACED_SECONDS, pace: PACE });
    const count = Number(await postgres.psql(`select count(*) from record where site = '${site.id}'`, 'paced'));
    await until('the last leaf', () => published.at(-1)[1] === count, 30);
    over = true;
    await watch;
    const rows = await postgres.psql(`select i.position, r.given_at / 1000 from log_index i join record r on r.site = i.site and r.id = i.record
      where i.site = '${site.id}' order by i.position`, 'paced');
    let at = 0;
    const waits = rows.trim().split('\n').map((row) => {
      const [position, given] = row.split('|').map(Number);
      while (published[at][1] <= position) at += 1;
      return published[at][0] - given;
    });
    waits.sort((a, b) => a - b);
    const part = (share) => waits[Math.min(waits.length - 1, Math.floor(waits.length * share))];
    return { rate: result.rate, leaves: count, p50: part(0.5), p99: part(0.99), most: waits.at(-1) };
  } finally {
    await ouinon.stop();
  }
}

/** Copies of one site under ids made from a number; their keys follow from their origins. */
const manySites = (site) => `
  create temp table ids as select 'zzzz' || translate(lpad(to_hex(n), 8, '0'), '01', 'gh') as id from generate_series(1, ${SITES}) n;
  insert into site select i.id, s.name, s.enabled, s.epoch, 'ouinon.example/log/' || i.id, s.secret, s.cookie_domain, s.created_at from site s, ids i where s.id = '${site}';
  insert into site_origin select i.id, o.origin from site_origin o, ids i where o.site = '${site}';
  insert into notice select i.id, n.hash, n.body, n.created_at from notice n, ids i where n.site = '${site}';
  insert into publication select i.id, p.seq, p.notice, p.published_at from publication p, ids i where p.site = '${site}';
  insert into log_head (site, size, root, updated_at, published, register_size, register_published)
    select i.id, 0, sha256(''), h.updated_at, -1, 0, 0 from log_head h, ids i where h.site = '${site}';
  select id from ids`;

/** Seconds from the start of a server until the logs of all sites with a waiting record are published. */
async function manyLogs(postgres) {
  const url = await postgres.url('many');
  const answering = await server({ OUINON_JOBS: 'off', DATABASE_URL: url });
  const working = await Ouinon.create({ DATABASE_URL: url, OUINON_SIGNING_KEY_FILE: answering.env.OUINON_SIGNING_KEY_FILE });
  try {
    const site = await answering.site([ORIGIN]);
    const ids = (await postgres.psql(manySites(site.id), 'many')).trim().split('\n');
    await answering.serve();
    const queue = ids.slice();
    const journal = newJournal();
    const work = async () => {
      for (let id = queue.pop(); id; id = queue.pop()) {
        const poster = new Poster(answering, { id }, ORIGIN, 1);
        await sendAll(poster, [firstChoice(site.notice)], journal, 1);
        poster.close();
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, work));
    if (journal.acked.size !== ids.length) throw new Error(`only ${journal.acked.size} of ${ids.length} stored`);
    await working.serve();
    const begun = Date.now();
    const left = 'select (select count(*) from leaf_queue) + (select count(*) from log_head where published <> size)';
    await until('all logs', async () => (await postgres.psql(left, 'many')).trim() === '0', 120);
    return (Date.now() - begun) / 1000;
  } finally {
    await working.stop();
    await answering.stop();
  }
}

export async function measureLog(postgres, runs) {
  return { rates: await cost(postgres, runs), delay: await delays(postgres), many: await manyLogs(postgres) };
}

export function logSection({ rates, delay, many }) {
  const share = summary(rates.on).median / summary(rates.off).median;
  return `## The evidence log

Recorded choices a second on PostgreSQL, ${CONNECTIONS} connections, ${SECONDS} s a run, in turn; median (lowest–highest).
“The queue alone” is \`OUINON_JOBS=off\`: leaves and counts are queued and wait.

${table(['', 'choices a second'], [
    ['with the log (and the counts) running beside', spread(rates.on)],
    ['the queue alone', spread(rates.off)],
    ['what is left with the log', `${number(share * 100, 1)} %`],
  ])}

From the moment a record was given until a published checkpoint covered it, at ${number(delay.rate)} choices a second
for ${PACED_SECONDS} s (${number(delay.leaves)} leaves, the witness a folder on the same disk): p50 ${number(delay.p50)} ms,
p99 ${number(delay.p99)} ms, longest ${number(delay.most)} ms.

${number(SITES)} sites with a record waiting, one server started: all in their logs and published after ${number(many, 1)} s.
`;
}
