// Programs that a story starts: on free ports, waited for, and stopped by their own process id.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import path from 'node:path';

const folder = process.env.OUINON_BINARIES
  || path.resolve(import.meta.dirname, '../../target/debug');

/** Path of a binary of this workspace. */
export const binary = (name) => path.join(folder, name);

/** A port that nobody holds, below those that systems give to connections: one of those may be taken before it is used. */
export async function freePort() {
  for (;;) {
    const port = 20000 + Math.floor(Math.random() * 12000);
    const server = net.createServer().listen(port, '127.0.0.1');
    if (await once(server, 'listening').catch(() => null)) {
      server.close();
      await once(server, 'close');
      return port;
    }
  }
}

/** Polls until `ask` gives something truthy; the last error explains a time-out. */
export async function until(what, ask, seconds = 15) {
  const end = Date.now() + seconds * 1000;
  let last;
  for (;;) {
    try {
      const value = await ask();
      if (value) return value;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) throw new Error(`${what}: not within ${seconds} s`, { cause: last });
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Programs that still run: ended with us, even when a story breaks off. */
const running = new Set();
process.on('exit', () => running.forEach((child) => child.kill('SIGTERM')));

/** A started program; what it printed is kept for the message of a failure. */
export class Program {
  constructor(name, command, args, options = {}) {
    this.name = name;
    this.printed = '';
    this.child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
    running.add(this.child);
    this.child.once('exit', () => running.delete(this.child));
    this.ended = new Promise((resolve) => {
      this.child.once('error', (error) => {
        this.printed += String(error);
        resolve(-1);
      });
      this.child.once('exit', (code, signal) => resolve(signal ?? code));
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream.on('data', (text) => {
        this.printed = (this.printed + text).slice(-20000);
      });
    }
  }

  /** Waits until the address answers 200. */
  async ready(url) {
    let over = false;
    this.ended.then(() => { over = true; });
    await until(`${this.name} on ${url}`, async () => {
      if (over) return true;
      return (await fetch(url)).ok;
    }, 30).catch((error) => { throw new Error(`${error.message}\n${this.printed}`); });
    if (over) throw new Error(`${this.name} stopped while starting:\n${this.printed}`);
    return this;
  }

  async stop(signal = 'SIGTERM') {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill(signal);
    return this.ended;
  }
}

/** Runs a program to its end and gives its standard output; anything but 0 is an error. */
export async function output(command, args, { input, ...options } = {}) {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], ...options });
  let out = '';
  let said = '';
  child.stdout.on('data', (text) => { out += text; });
  child.stderr.on('data', (text) => { said += text; });
  child.stdin.on('error', () => {});
  child.stdin.end(input ?? '');
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${path.basename(command)} ${args.join(' ')}: ${code}\n${(out + said).slice(0, 2000)}`);
  return out;
}
