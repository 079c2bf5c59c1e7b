// Sites with records to measure on: written by the server itself, and filled up by the database to any size.
import fs from 'node:fs';
import path from 'node:path';
import { createHash } from 'node:crypto';
import { output, until } from '../e2e/support/process.mjs';
import { Ouinon } from '../e2e/support/world.mjs';
import { Poster, firstChoice, newJournal, sendAll } from '../torture/journal.mjs';
import { CONNECTIONS, ORIGIN } from './load.mjs';

/** Most seconds until all leaves have their places. */
const PATIENCE = 1_200;

const NO = { action: 'reject_all', choices: { functional: false, analytics: false, advertising: false, retargeting: false } };

const visitorId = (secret) =>
  createHash('sha256').update(Buffer.from(secret, 'base64url')).digest().subarray(0, 16).toString('base64url');

/** Runs a file of SQL with psql's variables. */
export const psqlFile = (postgres, file, database, variables = {}) =>
  output(path.join(postgres.programs, 'psql'), ['-h', '127.0.0.1', '-p', String(postgres.port), '-U', 'ouinon', '-qAt',
    ...Object.entries(variables).flatMap(([name, value]) => ['-v', `${name}=${value}`]), '-f', file, database], { cwd: import.meta.dirname });

/** A new database, or SQLite where no PostgreSQL is given, with a server, a site and the ids of its visitors in a file. */
export class Store {
  static async create(postgres, database) {
    const self = new Store();
    Object.assign(self, { postgres, database });
    const url = postgres && { DATABASE_URL: await postgres.url(database) };
    self.ouinon = await Ouinon.create({ OUINON_RATE_LIMITS: 'off', ...url });
    await self.ouinon.command(['migrate', 'up']);
    self.site = await self.ouinon.site([ORIGIN]);
    self.visitors = path.join(self.ouinon.data, 'visitors.txt');
    return self;
  }

  /** Runs the server, with these settings, for as long as the work takes. */
  async serving(env, work) {
    Object.assign(this.ouinon.env, env);
    await this.ouinon.serve();
    try {
      return await work(this.ouinon.program.child.pid);
    } finally {
      await this.ouinon.program.stop();
    }
  }

  /**
   * New visitors' choices, every other a no, given to the running server. Their ids are repeated in the file until it has
   * so many lines: a load that draws from more ids takes more time itself.
   */
  async post(count, lines = count) {
    const bodies = Array.from({ length: count }, (_, n) => {
      const yes = firstChoice(this.site.notice);
      return n % 2 ? yes : JSON.stringify({ ...JSON.parse(yes), ...NO });
    });
    const journal = newJournal();
    const poster = new Poster(this.ouinon, this.site, ORIGIN, CONNECTIONS);
    await sendAll(poster, bodies, journal, CONNECTIONS);
    poster.close();
    if (journal.acked.size !== count) throw new Error(`only ${journal.acked.size} of ${count} stored: ${JSON.stringify(journal.refused[0])}`);
    const ids = bodies.map((body) => `${visitorId(JSON.parse(body).visitor_secret)}\n`).join('');
    fs.writeFileSync(this.visitors, ids.repeat(Math.ceil(lines / count)));
  }

  /** Three records each of so many visitors, in the log like all others; gives how many leaves a second the log took up. */
  async fill(visitors) {
    await psqlFile(this.postgres, 'load/fill.sql', this.database, { visitors });
    const pace = (3 * visitors) / await this.logged();
    for (const tidy of ['vacuum analyze', 'checkpoint']) await this.psql(tidy);
    fs.writeFileSync(this.visitors, await this.psql("select translate(rtrim(encode(visitor, 'base64'), '='), '+/', '-_') from state"));
    return pace;
  }

  /** Waits until every record has its place in the log; gives how long that took, in seconds. */
  async logged() {
    const begun = Date.now();
    await until('the log of all records', async () => (await this.psql('select not exists (select from leaf_queue)')).trim() === 't', PATIENCE);
    return (Date.now() - begun) / 1000;
  }

  psql(sql) {
    return this.postgres.psql(sql, this.database);
  }

  stop() {
    return this.ouinon.stop();
  }
}
