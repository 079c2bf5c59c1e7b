// What the comparison measures on, and its loads: Ouinon, pgbench and c15t over the same PostgreSQL.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { startPostgres } from '../e2e/support/databases.mjs';
import { C15t } from './c15t.mjs';
import { about, pgbench, wrk } from './load.mjs';
import { peak, used, usedByAll, usedByEnded } from './processes.mjs';
import { Store, psqlFile } from './stores.mjs';

/** Records of the small site. */
export const FEW = 10_000;
/** Requests a second of the paced loads. */
export const PACE = { decisions: 10_000, writes: 2_000 };
/** Seconds of load before each measurement: connections open, statements are planned. */
const WARM = 2;

/** Everything that is measured on, and how. */
export class Ground {
  static async create(visitors) {
    const self = new Ground();
    // A quarter of the memory, as PostgreSQL's manual advises; all else as it comes.
    self.postgres = await startPostgres({ shared_buffers: `${Math.floor(os.totalmem() / 4 / 2 ** 20)}MB` });
    self.visitors = visitors;
    const folder = (await self.postgres.psql('show data_directory')).trim();
    self.postmaster = Number(fs.readFileSync(path.join(folder, 'postmaster.pid'), 'utf8').split('\n')[0]);
    await psqlFile(self.postgres, 'load/reference.sql', 'postgres');
    return self;
  }

  /** A small site on SQLite; beside each other, a site with three records of each visitor and c15t with as many. */
  async fill() {
    this.sqlite = await Store.create();
    await this.sqlite.serving({}, () => this.sqlite.post(FEW, this.visitors));
    this.many = await Store.create(this.postgres, 'many');
    const filled = this.many.serving({}, async () => {
      await this.many.post(2);
      this.sequenced = await this.many.fill(this.visitors);
    });
    [this.c15t] = await Promise.all([C15t.create(this.postgres, this.visitors), filled]);
  }

  /** A site of its own for each round: writing makes it larger. */
  async renewFew() {
    await this.few?.stop();
    await this.postgres.psql('drop database if exists few');
    this.few = await Store.create(this.postgres, 'few');
    await this.few.serving({}, () => this.few.post(FEW, this.visitors));
  }

  /** What a load used, in microseconds of a core a request, and the most memory its server had. */
  async used(server, load) {
    const now = () => [usedByEnded(), server ? used(server) : 0, usedByAll(this.postmaster)];
    const before = now();
    const result = await load();
    const cores = now().map((after, at) => (after - before[at]) / result.requests);
    return { ...result, cores, ...(server && { memory: peak(server) }) };
  }

  /** A load on a server with these settings, started for it. */
  ouinon(store, script, { log = 'yes', pace } = {}) {
    return store.serving({ OUINON_DECISION_LOG: log }, async (server) => {
      const load = (options) => wrk(store.ouinon.url, script, about(store.site, store.visitors), options);
      await load({ seconds: WARM });
      const result = await this.used(server, () => load({ pace }));
      return { ...result, ...(script === 'writes' && store === this.many && { logged: await store.logged() }) };
    });
  }

  async peer(script) {
    await this.c15t.load(script, { seconds: WARM });
    return this.used(this.c15t.pid, () => this.c15t.load(script));
  }

  /** All loads, in the order of a round. */
  loads() {
    const { many, few, sqlite } = this;
    return {
      off: () => this.ouinon(many, 'decisions', { log: 'off' }),
      yes: () => this.ouinon(many, 'decisions'),
      all: () => this.ouinon(many, 'decisions', { log: 'all' }),
      select: () => this.used(0, () => pgbench(this.postgres, 'select', 'many', { site: many.site.id, visitors: this.visitors })),
      check: () => this.peer('c15t_check'),
      few: () => this.ouinon(few, 'decisions'),
      paced: () => this.ouinon(many, 'decisions', { pace: PACE.decisions }),
      sqlite: () => this.ouinon(sqlite, 'decisions'),
      writes: () => this.ouinon(many, 'writes'),
      insert: () => this.used(0, () => pgbench(this.postgres, 'insert', 'postgres')),
      consent: () => this.peer('c15t_write'),
      fewWrites: () => this.ouinon(few, 'writes'),
      pacedWrites: () => this.ouinon(many, 'writes', { pace: PACE.writes }),
      sqliteWrites: () => this.ouinon(sqlite, 'writes'),
    };
  }

  async stop() {
    for (const server of [this.many, this.few, this.sqlite, this.c15t]) await server?.stop();
    await this.postgres.stop();
  }
}
