// Real PostgreSQL and Redis for one story file, thrown away afterwards.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import net from 'node:net';
import { Program, freePort, output, until } from './process.mjs';

function postgresPrograms() {
  const base = '/usr/lib/postgresql';
  const versions = fs.readdirSync(base).sort((a, b) => Number(a) - Number(b));
  return path.join(base, versions.at(-1), 'bin');
}

/** PostgreSQL refuses to run as root: then it runs as the user its package made. */
function asItsUser(program, args) {
  return process.getuid() === 0
    ? ['runuser', ['-u', 'postgres', '--', program, ...args]]
    : [program, args];
}

/** A new cluster with its own folder; `url(name)` makes a database and gives its address. */
export async function startPostgres(settings = {}) {
  const programs = postgresPrograms();
  const data = fs.mkdtempSync(path.join(os.tmpdir(), 'ouinon-postgres-'));
  if (process.getuid() === 0) await output('chown', ['postgres', data]);
  const at = { cwd: data };
  const init = ['-D', data, '-A', 'trust', '-U', 'ouinon', '--no-sync', '-E', 'UTF8'];
  await output(...asItsUser(path.join(programs, 'initdb'), init), at);
  const port = await freePort();
  const options = { listen_addresses: '127.0.0.1', port, unix_socket_directories: data,
    max_connections: 300, ...settings };
  const flags = Object.entries(options).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const run = asItsUser(path.join(programs, 'postgres'), ['-D', data, ...flags]);
  const program = new Program('PostgreSQL', ...run, at);
  const psql = (sql, database = 'postgres') => output(path.join(programs, 'psql'),
    ['-h', '127.0.0.1', '-p', String(port), '-U', 'ouinon', '-qAt', '-c', sql, database]);
  await until('PostgreSQL', () => psql('select 1'), 30)
    .catch((error) => { throw new Error(`${error.message}\n${program.printed}`); });
  return {
    port,
    programs,
    psql,
    async url(name) {
      await psql(`create database ${name}`);
      return `postgres://ouinon@127.0.0.1:${port}/${name}`;
    },
    async stop() {
      // SIGINT is PostgreSQL's fast way down; runuser passes it on only to its own child.
      const pid = Number(fs.readFileSync(path.join(data, 'postmaster.pid'), 'utf8').split('\n')[0]);
      process.kill(pid, 'SIGINT');
      await program.ended;
      fs.rmSync(data, { recursive: true, force: true });
    },
  };
}

/** A Redis that keeps nothing on disk. */
export async function startRedis() {
  const port = await freePort();
  const program = new Program('Redis', 'redis-server',
    ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']);
  await until('Redis', () => new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1', () => { socket.end(); resolve(true); });
    socket.once('error', reject);
  }), 15);
  return { url: `redis://127.0.0.1:${port}`, stop: () => program.stop() };
}
