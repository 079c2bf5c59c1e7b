// How long `ouinon verify` takes for a million records, and how much memory, on both databases.
import path from 'node:path';
import { output } from '../e2e/support/process.mjs';
import { number, spread, table } from './figures.mjs';

const RECORDS = 1_000_000;
const ROOT = path.resolve(import.meta.dirname, '..');

/** The tests make the records, as a year of visits in a minute or two, and verify them. */
export async function measureVerify(runs) {
  const said = await output('cargo', ['test', '--release', '--locked', '-p', 'ouinon-server', '--test', 'api', '--',
    'million', '--ignored', '--nocapture', '--test-threads', '1'], {
    cwd: ROOT,
    env: { ...process.env, OUINON_TEST_RECORDS: String(RECORDS), OUINON_TEST_RUNS: String(runs) },
  });
  const found = [...said.matchAll(/(\w+): verified in ([\d.]+) s, at most (\d+) MB/g)];
  if (!found.length) throw new Error(`nothing was verified:\n${said}`);
  return found.map(([, database, seconds, megabytes]) => ({ database, seconds: Number(seconds), megabytes: Number(megabytes) }));
}

export function verifySection(verified) {
  const rows = [['Postgres', 'PostgreSQL'], ['Sqlite', 'SQLite']].map(([database, name]) => {
    const runs = verified.filter((one) => one.database === database);
    return [name, spread(runs.map(({ seconds }) => seconds), 1), spread(runs.map(({ megabytes }) => megabytes))];
  });
  return `## Verifying

\`ouinon verify\` for a site with ${number(RECORDS)} records of 400,000 visitors, given within fifteen months, database and verifier on
the same two cores; median (lowest–highest). Memory is what the verifier had at most.

${table(['', 'seconds', 'MB'], rows)}
`;
}
