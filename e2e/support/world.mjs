// One world for a story file: the real server, the shop on another origin, a browser.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Program, binary, freePort, output } from './process.mjs';
import { launch } from './browser.mjs';
import { everybodyIn } from './place.mjs';

const workspace = path.resolve(import.meta.dirname, '../..');
const SCOPES = ['decisions:read', 'consents:read', 'consents:write', 'stats:read', 'log:read'];

export const EMAIL = 'story@galet.example';
export const PASSWORD = 'a long enough passphrase 7';

/** The server binary with a data folder of its own. */
export class Ouinon {
  static async create(env = {}) {
    const self = new Ouinon();
    self.data = fs.mkdtempSync(path.join(os.tmpdir(), 'ouinon-story-'));
    self.port = await freePort();
    self.url = `http://127.0.0.1:${self.port}`;
    self.env = {
      PATH: process.env.PATH,
      DATABASE_URL: `sqlite://${path.join(self.data, 'ouinon.db')}`,
      OUINON_BIND: `127.0.0.1:${self.port}`,
      OUINON_PUBLIC_URL: self.url,
      OUINON_SIGNING_KEY_FILE: path.join(self.data, 'signing.key'),
      OUINON_DRAIN_SECONDS: '0',
      ...env,
    };
    return self;
  }

  /** From the next start on every visitor is in this place: a country, or a part of one. */
  standIn(place) {
    this.env.OUINON_GEOIP_DB = path.join(this.data, 'place.mmdb');
    fs.writeFileSync(this.env.OUINON_GEOIP_DB, everybodyIn(place));
  }

  get options() {
    return { cwd: this.data, env: this.env };
  }

  /** A command of the binary; with `--json` among the arguments, the parsed answer. */
  async command(args, input) {
    const text = await output(binary('ouinon'), args, { ...this.options, input });
    return args.includes('--json') ? JSON.parse(text) : text;
  }

  async serve() {
    this.program = await new Program('Ouinon', binary('ouinon'), ['serve'], this.options)
      .ready(`${this.url}/readyz`);
    return this;
  }

  /** A site with the shop's notice and a key for everything a story asks. */
  async site(origins) {
    const site = await this.command(['site', 'create', '--name', 'Galet',
      ...origins.flatMap((origin) => ['--origin', origin]), '--json']);
    const notice = await this.publish(site);
    const { key } = await this.command(['key', 'create', '--site', site.id,
      ...SCOPES.flatMap((scope) => ['--scope', scope]), '--json']);
    return { id: site.id, snippet: site.snippet, notice, key };
  }

  /** The shop's notice, perhaps changed, as the site's current one; gives its id. */
  async publish(site, change = (notice) => notice) {
    const file = path.join(this.data, 'notice.json');
    const notice = JSON.parse(fs.readFileSync(path.join(workspace, 'demo/notice.json'), 'utf8'));
    fs.writeFileSync(file, JSON.stringify(change(notice) ?? notice));
    return (await this.command(['notice', 'publish', '--site', site.id, '--file', file, '--json'])).notice;
  }

  /** GET or POST as a program with the site's key. */
  async ask(site, rest, init = {}) {
    const answer = await fetch(`${this.url}/v1/sites/${site.id}${rest}`, {
      ...init, headers: { authorization: `Bearer ${site.key}`, ...init.headers },
    });
    const body = await answer.json();
    if (!answer.ok) throw new Error(`${rest}: ${answer.status} ${JSON.stringify(body)}`);
    return body;
  }

  decision(site, visitor, purpose, vendor) {
    const query = new URLSearchParams({ visitor, purpose, ...(vendor && { vendor }) });
    return this.ask(site, `/decision?${query}`);
  }

  async stop() {
    await this.program?.stop();
    fs.rmSync(this.data, { recursive: true, force: true });
  }
}

/** The shop's binary, showing a site. */
export async function startShop(ouinon, site, port) {
  const standins = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const program = await new Program('the shop', binary('ouinon-demo'), [
    '--bind', `127.0.0.1:${port}`, '--standins', `127.0.0.1:${standins}`,
    '--ouinon', ouinon.url, '--site', site.id, '--snippet', site.snippet,
  ]).ready(`${url}/healthz`);
  return {
    url,
    standins: `http://127.0.0.1:${standins}`,
    counts: async () => (await fetch(`${url}/standins/counts`)).json(),
    reset: () => fetch(`${url}/standins/reset`, { method: 'POST' }),
    stop: () => program.stop(),
  };
}

/** Server, site, shop and browser, where `place` says; `close` ends them in the opposite order. */
export async function openWorld({ env, origins = [], place } = {}) {
  const closing = [];
  const close = async () => {
    for (const end of closing.splice(0).reverse()) await end();
  };
  try {
    const ouinon = await Ouinon.create(env);
    closing.push(() => ouinon.stop());
    if (place) ouinon.standIn(place);
    const port = await freePort();
    await ouinon.command(['migrate', 'up']);
    const site = await ouinon.site([`http://127.0.0.1:${port}`, ...origins]);
    await ouinon.command(['user', 'create', '--email', EMAIL, '--role', 'admin'], `${PASSWORD}\n`);
    await ouinon.serve();
    const shop = await startShop(ouinon, site, port);
    closing.push(() => shop.stop());
    const browser = await launch();
    closing.push(() => browser.close());
    return { ouinon, site, shop, browser, close };
  } catch (error) {
    await close();
    throw error;
  }
}
