// kill -9 of servers that give leaves their places, one after the other, while another goes on: no gap, no fork,
// every receipt can be redeemed. OUINON_KILLS says how often (a few without it).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startPostgres } from '../e2e/support/databases.mjs';
import { until } from '../e2e/support/process.mjs';
import { Ouinon } from '../e2e/support/world.mjs';
import { checkExtension, openCheckpoint } from '../e2e/verifier/checkpoint.mjs';
import { included } from '../e2e/verifier/merkle.mjs';
import { Poster, firstChoice } from './journal.mjs';

const KILLS = Number(process.env.OUINON_KILLS || 6);
const CONNECTIONS = 12;
const ORIGIN = 'http://127.0.0.1:9';
/** A receipt must be redeemable so soon after the last start, seconds (invariant I3). */
const PATIENCE = 10;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Posts first choices to both servers until told to stop; gives what was acknowledged. */
function load(servers, site) {
  const acked = [];
  let over = false;
  const posters = servers.map((ouinon) => new Poster(ouinon, site, ORIGIN, CONNECTIONS));
  const work = async (poster) => {
    while (!over) {
      try {
        const { status, text } = await poster.post(firstChoice(site.notice));
        if (status === 201) acked.push(JSON.parse(text));
        else if (status !== 503) throw new Error(`${status}: ${text}`);
      } catch (error) {
        if (error.message.startsWith('4') || error.message.startsWith('5')) throw error;
        await pause(50);
      }
    }
  };
  const done = Promise.all(posters.flatMap((poster) => Array.from({ length: CONNECTIONS / 2 }, () => work(poster))));
  return {
    acked,
    async stop() {
      over = true;
      await done;
      posters.forEach((poster) => poster.close());
    },
  };
}

/** Every different checkpoint that any server shows, in the order seen. */
function watch(servers, site) {
  const seen = [];
  let over = false;
  const done = (async () => {
    while (!over) {
      for (const { url } of servers) {
        const note = await fetch(`${url}/v1/sites/${site.id}/log/checkpoint`).then((answer) => answer.text(), () => null);
        if (note?.includes('\n\n') && note !== seen.at(-1)) seen.push(note);
      }
      await pause(20);
    }
  })();
  return { seen, async stop() { over = true; await done; } };
}

/** Kills one server after the other at moments nobody chose, and starts it again. */
async function kills(servers) {
  for (let kill = 0; kill < KILLS; kill += 1) {
    const victim = servers[kill % servers.length];
    await pause(100 + Math.random() * 500);
    assert.equal(await victim.program.stop('SIGKILL'), 'SIGKILL');
    await victim.serve();
  }
}

test(`servers killed ${KILLS} times while they sequence`, async (t) => {
  const postgres = await startPostgres();
  const env = { OUINON_RATE_LIMITS: 'off', DATABASE_URL: await postgres.url('sequencer') };
  const first = await Ouinon.create(env);
  const second = await Ouinon.create({ ...env, OUINON_SIGNING_KEY_FILE: first.env.OUINON_SIGNING_KEY_FILE });
  const servers = [first, second];
  try {
    const site = await first.site([ORIGIN]);
    for (const ouinon of servers) await ouinon.serve();
    const [loading, watching] = [load(servers, site), watch(servers, site)];
    await kills(servers);
    const since = Date.now();
    await loading.stop();
    const stored = async () => (await postgres.psql(`select count(*) from record where site = '${site.id}'`, 'sequencer')).trim();
    const records = Number(await stored());
    await until('every record in a published log', () => watching.seen.at(-1)?.split('\n')[1] === String(records), PATIENCE);
    const caughtUp = (Date.now() - since) / 1000;
    await watching.stop();

    const keys = await (await fetch(`${first.url}/.well-known/jwks.json`)).json();
    const opened = watching.seen.map((note) => openCheckpoint(note, keys, { site: site.id }));
    const known = [...new Map(opened.map((checkpoint) => [checkpoint.size, checkpoint])).values()].sort((a, b) => a.size - b.size);
    for (const checkpoint of opened) {
      assert.deepEqual(checkpoint.root, known.find(({ size }) => size === checkpoint.size).root, 'two roots for one size');
    }
    for (let at = 1; at < known.length; at += 1) {
      const [older, newer] = [known[at - 1], known[at]];
      checkExtension(older, newer, await second.ask(site, `/log/consistency?first=${older.size}&second=${newer.size}`));
    }
    const places = await postgres.psql(`select count(*), count(distinct position), coalesce(max(position), -1) + 1 from log_index where site = '${site.id}'`, 'sequencer');
    assert.equal(places.trim(), `${records}|${records}|${records}`, 'a gap or a place given twice');

    const { size, root } = known.at(-1);
    const acked = loading.acked.slice();
    const redeem = async () => {
      for (let receipt = acked.pop(); receipt; receipt = acked.pop()) {
        const proof = await first.ask(site, `/log/inclusion?record=${receipt.id}&size=${size}`);
        const path = proof.proof.map((hash) => Buffer.from(hash, 'hex'));
        assert.ok(included(Buffer.from(proof.leaf_hash, 'hex'), proof.index, size, path, root), receipt.id);
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, redeem));
    assert.ok(loading.acked.length > KILLS, 'there was a load');
    t.diagnostic(`${loading.acked.length} acknowledged, ${records} stored, ${known.length} checkpoints, all published ${caughtUp.toFixed(1)} s after the last start`);
  } finally {
    await second.stop();
    await first.stop();
    await postgres.stop();
  }
});
