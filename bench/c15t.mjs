// The peer: `@c15t/backend` on the same PostgreSQL, given the two indexes it lacks and as many records.
import { Program, freePort, output } from '../e2e/support/process.mjs';
import { ORIGIN, wrk } from './load.mjs';
import { psqlFile } from './stores.mjs';

const DATABASE = 'c15t';
const PROGRAM = 'peers/c15t.mjs';

const FIRST = {
  type: 'cookie_banner', subjectId: 'sub_5wWXHDYxvGqJ4Fz1', externalSubjectId: 'visitor0', domain: 'example.com',
  preferences: { necessary: true, measurement: true, marketing: true }, metadata: { uiVersion: '1' }, uiSource: 'banner', consentAction: 'all',
};

export class C15t {
  static async create(postgres, subjects) {
    const self = new C15t();
    self.subjects = subjects;
    const port = await freePort();
    self.url = `http://127.0.0.1:${port}`;
    const env = { ...process.env, NODE_ENV: 'production', DATABASE_URL: await postgres.url(DATABASE), PORT: String(port) };
    const options = { cwd: import.meta.dirname, env };
    await output('node', [PROGRAM, 'migrate'], options);
    self.program = await new Program('c15t', 'node', [PROGRAM], options).ready(`${self.url}/status`);
    self.pid = self.program.child.pid;
    await self.first();
    await psqlFile(postgres, 'load/c15t_fill.sql', DATABASE, { subjects });
    for (const tidy of ['vacuum analyze', 'checkpoint']) await postgres.psql(tidy, DATABASE);
    return self;
  }

  /** A consent as the server itself writes it. */
  async first() {
    const answer = await fetch(`${this.url}/subjects`, { method: 'POST', headers: { 'content-type': 'application/json', origin: ORIGIN },
      body: JSON.stringify({ ...FIRST, givenAt: Date.now() }) });
    if (!answer.ok) throw new Error(`c15t: ${answer.status} ${await answer.text()}`);
  }

  load(script, options) {
    return wrk(this.url, script, { ORIGIN, SUBJECTS: String(this.subjects), NOW: String(Date.now()) }, options);
  }

  stop() {
    return this.program.stop();
  }
}
