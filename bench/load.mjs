// The two load generators, always with the same connections: wrk over HTTP, pgbench straight to PostgreSQL.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { output } from '../e2e/support/process.mjs';

export const CONNECTIONS = 64;
const THREADS = 2;
export const SECONDS = 8;
/** Where nobody listens: the site's only origin. */
export const ORIGIN = 'http://127.0.0.1:9';

const cwd = import.meta.dirname;

/** `load/SCRIPT.lua` over all connections; `pace`: so many requests a second instead of all that go through. */
export async function wrk(url, script, env, { seconds = SECONDS, pace = 0 } = {}) {
  const result = path.join(os.tmpdir(), `ouinon-load-${process.pid}.json`);
  const gap = pace ? String((1000 * THREADS) / pace) : '';
  await output('wrk', ['-t', String(THREADS), '-c', String(CONNECTIONS), '-d', `${seconds}s`, '--latency', '--timeout', '20s',
    '-s', `load/${script}.lua`, url], { cwd, env: { ...process.env, ...env, RESULT: result, GAP: gap } });
  const found = JSON.parse(fs.readFileSync(result));
  fs.rmSync(result);
  // A refused or broken request is cheap: it would spoil the figure.
  if (found.refused || found.broken) throw new Error(`${script}: ${JSON.stringify(found)}`);
  return found;
}

/** What wrk needs to know to speak to a site. */
export const about = (site, visitors = '') =>
  ({ SITE: site.id, KEY: site.key, NOTICE: site.notice, ORIGIN, VISITORS: visitors });

/** `load/SCRIPT.sql` over all connections, statements prepared. */
export async function pgbench(postgres, script, database, variables = {}) {
  const given = Object.entries(variables).flatMap(([name, value]) => ['-D', `${name}=${value}`]);
  const text = await output(path.join(postgres.programs, 'pgbench'), ['-h', '127.0.0.1', '-p', String(postgres.port), '-U', 'ouinon',
    '-n', '-M', 'prepared', '-c', String(CONNECTIONS), '-j', String(THREADS), '-T', String(SECONDS), ...given,
    '-f', `load/${script}.sql`, database], { cwd });
  return {
    rate: Number(text.match(/tps = ([\d.]+)/)[1]),
    p50: Number(text.match(/latency average = ([\d.]+)/)[1]),
    requests: Number(text.match(/transactions actually processed: (\d+)/)[1]),
  };
}
