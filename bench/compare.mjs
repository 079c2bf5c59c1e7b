// Ouinon beside pgbench and c15t: one machine, one PostgreSQL, as many records, all loads in turn.
import fs from 'node:fs';
import path from 'node:path';
import { number, spread, summary, table } from './figures.mjs';
import { FEW, Ground, PACE } from './ground.mjs';
import { CONNECTIONS, SECONDS } from './load.mjs';

/** All loads in turn, `runs` rounds; gives the results of each by its name. */
export async function measureComparison(runs, visitors) {
  const ground = await Ground.create(visitors);
  try {
    await ground.fill();
    const results = {};
    for (let round = 1; round <= runs; round += 1) {
      await ground.renewFew();
      for (const [name, load] of Object.entries(ground.loads())) {
        const result = await load();
        console.log(`    ${round}/${runs} ${name}: ${JSON.stringify(result)}`);
        (results[name] ??= []).push(result);
      }
    }
    const version = (await ground.postgres.psql('show server_version')).split(' ')[0];
    return { results, records: 3 * visitors, sequenced: ground.sequenced, version };
  } finally {
    await ground.stop();
  }
}

const few = `${number(FEW)} records`;
/** The rows of both tables, in their order. */
const DECISIONS = {
  off: 'Ouinon, decision log `off`', yes: 'Ouinon, decision log `yes` (default)', all: 'Ouinon, decision log `all`',
  paced: `Ouinon, at ${number(PACE.decisions)} a second`, few: `Ouinon, ${few}`, sqlite: `Ouinon on SQLite, ${few} at first`,
  check: 'c15t: check', select: 'pgbench: a row of `state` by its key',
};
const CHOICES = {
  writes: 'Ouinon', pacedWrites: `Ouinon, at ${number(PACE.writes)} a second`, fewWrites: `Ouinon, ${few} at first`,
  sqliteWrites: `Ouinon on SQLite, ${few} at first`, consent: 'c15t: consent', insert: 'pgbench: one row inserted',
};

/** The loads that met as many records as what they stand beside, and as much speed. */
const ALIKE = ['off', 'yes', 'all', 'check', 'writes', 'consent'];

const middle = (runs, figure) => summary(runs.map(figure)).median;
const pace = (runs) => middle(runs, ({ rate }) => rate);

/** Microseconds of a core, by layer; while SQLite is measured, PostgreSQL only stands by. */
function cost(name, runs) {
  const layers = name.startsWith('sqlite') ? [0, 1] : [0, 1, 2];
  const shares = layers.map((layer) => middle(runs, ({ cores }) => cores[layer])).filter(Boolean);
  return `${shares.map((share) => number(share, 1)).join(' + ')} = ${number(shares.reduce((sum, share) => sum + share), 1)}`;
}

/** Loads of one kind; the last two are what they stand beside. */
function rates(results, titles) {
  const [peer, database] = Object.keys(titles).slice(-2);
  const rows = Object.entries(titles).map(([name, title]) => {
    const runs = results[name];
    const beside = (other) => (ALIKE.includes(name) && name !== other ? number(pace(runs) / pace(results[other]), 2) : '');
    const of = (figure, digits) => spread(runs.map((run) => run[figure]), digits);
    return [title, of('rate'), of('p50', 2), of('p99', 2), beside(database), beside(peer), cost(name, runs), of('memory')];
  });
  return table(['', 'a second', 'p50, ms', 'p99, ms', '× pgbench', '× c15t', 'core-µs: load + server + PostgreSQL', 'server, MB'], rows);
}

export function compareSection({ results, records, sequenced, version }) {
  const c15t = JSON.parse(fs.readFileSync(path.join(import.meta.dirname, 'package.json'))).devDependencies['@c15t/backend'];
  const flat = (many, small) => number(pace(results[many]) / pace(results[small]), 2);
  const logged = ['writes', 'pacedWrites'].map((name) => number(Math.max(...results[name].map((run) => run.logged)), 1));
  return `## Beside pgbench and c15t

${number(records)} records of ${number(records / 3)} visitors, ids drawn from all of them; ${CONNECTIONS} connections, ${SECONDS} s a run, the loads
in turn, load and servers on the same cores; median (lowest–highest). PostgreSQL ${version} with fsync and
\`synchronous_commit\` on, its \`shared_buffers\` a quarter of the memory, as its manual advises, and all else as it comes;
rate limits off. pgbench speaks to PostgreSQL directly, statements prepared, without HTTP.
\`@c15t/backend\` ${c15t} has as many subjects and consents, and the two indexes it lacks, on \`consent."subjectId"\` and
\`subject."externalId"\`. Core-µs are the microseconds of a core that a request took, by who took them, the jobs of server
and database included; MB is the most memory the server had.

### Decisions

One question over HTTP each. Half of the visitors said yes, so \`yes\` logs half of the answers. pgbench reads what a
decision reads of Ouinon's own table \`state\`, by its key (site, visitor).

${rates(results, DECISIONS)}

### Recorded choices

Each a new visitor's, with a signed receipt, its leaf queued for the evidence log, which runs beside; c15t's a new
subject's consent.

${rates(results, CHOICES)}

### Growing

With ${number(records)} records, decisions come at ${flat('yes', 'few')} × the rate with ${number(FEW)}, and choices at ${flat('writes', 'fewWrites')} ×.

The evidence log had everything at most ${logged[0]} s after the last choice at full speed, and ${logged[1]} s after the last at
${number(PACE.writes)} a second. It took up ${number(records)} leaves, queued at once, at ${number(sequenced)} a second.
`;
}
