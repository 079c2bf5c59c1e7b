// kill -9 under load: no acknowledged record is missing, none is there twice, none is invented.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startPostgres } from '../e2e/support/databases.mjs';
import { Ouinon } from '../e2e/support/world.mjs';
import { Poster, firstChoice, newJournal, sendAll } from './journal.mjs';

const WRITES = 1000;
const CONNECTIONS = 64;
const ORIGIN = 'http://127.0.0.1:9';

/** Every record of the site, page by page, as the API tells it. */
async function allRecords(ouinon, site) {
  const records = [];
  let after = '';
  do {
    const page = await ouinon.ask(site, `/consents?${after && `after=${encodeURIComponent(after)}`}`);
    records.push(...page.items);
    after = page.next_cursor;
  } while (after);
  return records;
}

async function story(t, env) {
  const ouinon = await Ouinon.create({ OUINON_RATE_LIMITS: 'off', ...env });
  try {
    await ouinon.command(['migrate', 'up']);
    const site = await ouinon.site([ORIGIN]);
    await ouinon.serve();
    const bodies = Array.from({ length: WRITES }, () => firstChoice(site.notice));
    const journal = newJournal();

    let poster = new Poster(ouinon, site, ORIGIN, CONNECTIONS);
    let killed;
    await sendAll(poster, bodies, journal, CONNECTIONS, (acked) => {
      if (acked === WRITES * 0.4) killed = ouinon.program.stop('SIGKILL');
    });
    poster.close();
    assert.equal(await killed, 'SIGKILL');
    const acknowledged = new Map(journal.acked);
    assert.ok(acknowledged.size >= WRITES * 0.4 && acknowledged.size < WRITES, `${acknowledged.size} acknowledged`);
    assert.deepEqual(journal.refused, []);

    await ouinon.serve();
    const stored = await allRecords(ouinon, site);
    const ids = new Set(stored.map((record) => record.id));
    assert.equal(ids.size, stored.length, 'a record is there twice');
    const missing = [...acknowledged.values()].filter(({ id }) => !ids.has(id));
    assert.deepEqual(missing, [], 'acknowledged, and not stored');
    assert.ok([...ids].every((id) => journal.sent.has(id)), 'stored, and never sent');
    t.diagnostic(`${acknowledged.size} acknowledged before the kill, ${stored.length} stored after it`);

    // The same bodies again: what was stored is answered as before, the rest is stored now.
    poster = new Poster(ouinon, site, ORIGIN, CONNECTIONS);
    const again = newJournal();
    await sendAll(poster, bodies, again, CONNECTIONS);
    poster.close();
    assert.deepEqual([again.acked.size, again.refused, again.unanswered], [WRITES, [], 0]);
    for (const [body, answer] of acknowledged) assert.deepEqual(again.acked.get(body), answer);
    const after = await allRecords(ouinon, site);
    assert.deepEqual([after.length, new Set(after.map(({ id }) => id)).size], [WRITES, WRITES]);
  } finally {
    await ouinon.stop();
  }
}

test('killed under load, on SQLite', (t) => story(t, {}));

test('killed under load, on PostgreSQL', async (t) => {
  const postgres = await startPostgres();
  try {
    await story(t, { DATABASE_URL: await postgres.url('torture') });
  } finally {
    await postgres.stop();
  }
});
