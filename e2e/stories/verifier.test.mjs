// What the server proves, checked by a verifier written from docs/TRUST.md alone: it holds, and nothing can be changed.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash, generateKeyPairSync, randomBytes, randomUUID, sign } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Poster, firstChoice, newJournal, sendAll } from '../../torture/journal.mjs';
import { until } from '../support/process.mjs';
import { Ouinon } from '../support/world.mjs';
import { verifyBundle } from '../verifier/bundle.mjs';
import { canonical } from '../verifier/canonical.mjs';
import { checkExtension, openCheckpoint } from '../verifier/checkpoint.mjs';
import { included, leafHash, treeRoot } from '../verifier/merkle.mjs';
import { verifierKey } from '../verifier/note.mjs';

const ORIGIN = 'http://127.0.0.1:9';
const BATCHES = 6;
const CHOICES = 40;
const WITHDRAWALS = 12;
const TOTAL = BATCHES * (CHOICES + WITHDRAWALS);

const program = path.resolve(import.meta.dirname, '../verifier/main.mjs');
const world = { checkpoints: new Map(), bundles: [] };

const answer = async (url, init) => {
  const said = await fetch(url, init);
  assert.equal(said.status, 200, `${url}: ${said.status}`);
  return said;
};
const log = (site, rest) => `${world.ouinon.url}/v1/sites/${site.id}/log/${rest}`;
const note = async (site) => (await answer(log(site, 'checkpoint'))).text();
const consistency = async (first, second) =>
  (await answer(log(world.site, `consistency?first=${first}&second=${second}`))).json();
const bundle = (site, id) => until(`the bundle of ${id}`, () => world.ouinon.ask(site, `/consents/${id}/proof`));
const open = (text, site = world.site) => openCheckpoint(text, world.keys, { site: site.id });

/** A first choice of everything a record can hold: a place, a page, one partner refused, the browser's signature. */
function fullChoice(notice) {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x, y } = publicKey.export({ format: 'jwk' });
  const point = Buffer.concat([Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
  const body = {
    ...JSON.parse(firstChoice(notice)),
    action: 'save',
    choices: { functional: true, analytics: false, advertising: true, retargeting: false },
    vendors: { adspot: false },
    page: 'https://galet.example/atelier',
    language: 'fr',
    public_key: point.toString('base64url'),
  };
  const key = { key: privateKey, dsaEncoding: 'ieee-p1363' };
  const { visitor_secret: secret, ...message } = body;
  const hash = createHash('sha256').update(Buffer.from(secret, 'base64url')).digest();
  message.visitor = hash.subarray(0, 16).toString('base64url');
  const signature = sign('sha256', Buffer.from(canonical(message)), key).toString('base64url');
  return JSON.stringify({ ...body, signature });
}

async function send(site, bodies) {
  const poster = new Poster(world.ouinon, site, ORIGIN, 16);
  poster.options.headers['x-forwarded-for'] = '90.1.2.3';
  const journal = newJournal();
  await sendAll(poster, bodies, journal, 16);
  poster.close();
  assert.deepEqual([journal.acked.size, journal.refused, journal.unanswered], [bodies.length, [], 0]);
}

/** Choices and withdrawals of some of those who chose, until the log shows them. */
async function batch(size) {
  const bodies = Array.from({ length: CHOICES }, (_, i) => (i ? firstChoice : fullChoice)(world.site.notice));
  const takenBack = bodies.slice(0, WITHDRAWALS).map((body) => JSON.stringify({
    id: randomUUID(), visitor_secret: JSON.parse(body).visitor_secret, action: 'withdraw',
  }));
  await send(world.site, bodies);
  await send(world.site, takenBack);
  await until(`${size} leaves`, async () => {
    const text = await note(world.site);
    const opened = open(text);
    world.checkpoints.set(opened.size, text);
    return opened.size === size;
  });
  for (const body of [...bodies, ...takenBack]) world.bundles.push(await bundle(world.site, JSON.parse(body).id));
}

before(async () => {
  world.ouinon = await Ouinon.create({ OUINON_RATE_LIMITS: 'off', OUINON_TRUSTED_PROXIES: '127.0.0.0/8' });
  await world.ouinon.command(['migrate', 'up']);
  world.site = await world.ouinon.site([ORIGIN]);
  world.other = await world.ouinon.site([ORIGIN]);
  const { key } = await world.ouinon.command(
    ['key', 'create', '--site', world.site.id, '--scope', 'log:read', '--json']);
  world.reader = { headers: { authorization: `Bearer ${key}` } };
  await world.ouinon.serve();
  world.keys = await (await answer(`${world.ouinon.url}/.well-known/jwks.json`)).json();
  world.checkpoints.set(0, await until('the first checkpoint', () => note(world.site)));
  for (let n = 1; n <= BATCHES; n += 1) await batch(n * (CHOICES + WITHDRAWALS));
  const elsewhere = JSON.parse(firstChoice(world.other.notice));
  await send(world.other, [JSON.stringify(elsewhere)]);
  world.elsewhere = await bundle(world.other, elsewhere.id);
});
after(() => world.ouinon?.stop());

/** A value that is another one, of the same kind where it can be. */
function changed(value) {
  if (typeof value === 'string') return value === '' ? 'x' : (value[0] === 'A' ? 'B' : 'A') + value.slice(1);
  if (typeof value === 'number') return value + 1;
  if (typeof value === 'boolean') return !value;
  return value === null ? 'x' : null;
}

/** Everything that can be changed at one place of a value: other values, places gone, places that were not there. */
function* changes(value, at = []) {
  if (at.length > 0) {
    yield { at, with: changed(value) };
    yield { at, gone: true };
  }
  if (value === null || typeof value !== 'object') return;
  const fresh = Array.isArray(value) ? value.length : 'added';
  yield { at: [...at, fresh], with: 'x' };
  for (const key of Object.keys(value)) yield* changes(value[key], [...at, Array.isArray(value) ? Number(key) : key]);
}

function apply(whole, change) {
  const copy = structuredClone(whole);
  const last = change.at.at(-1);
  const inside = change.at.slice(0, -1).reduce((part, key) => part[key], copy);
  if (!change.gone) inside[last] = change.with;
  else if (Array.isArray(inside)) inside.splice(last, 1);
  else delete inside[last];
  return copy;
}

const STEPS = { 1: 'checkpoint', 2: 'inclusion', 3: 'leaf', 4: 'notice', 5: 'receipt' };
const refused = (number, read, what) => assert.throws(() => verifyBundle(read, world.keys), (error) => {
  assert.match(error.message, new RegExp(`^step ${number}, ${STEPS[number]}: ..`), what);
  return true;
}, what);

/** Runs the command over files with these contents. */
function run(name, ...contents) {
  const folder = fs.mkdtempSync(path.join(world.ouinon.data, 'verify-'));
  const files = contents.map((content, i) => {
    const file = path.join(folder, String(i));
    fs.writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
    return file;
  });
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, name, ...files], { encoding: 'utf8' });
  return { status, said: stdout + stderr };
}

test('every record of the log is proven by its bundle, withdrawals too', (t) => {
  assert.equal(world.bundles.length, TOTAL);
  for (const read of world.bundles) assert.deepEqual(verifyBundle(read, world.keys), { forgotten: false });
  const places = world.bundles.map(({ index }) => index).sort((a, b) => a - b);
  assert.deepEqual(places, Array.from({ length: TOTAL }, (_, i) => i));
  const withdrawals = world.bundles.filter(({ record }) => record.action === 'withdraw');
  assert.equal(withdrawals.length, BATCHES * WITHDRAWALS);
  const full = world.bundles.find(({ record }) => record.action === 'save').record;
  assert.deepEqual([full.personal.country, full.personal.page, full.vendors],
    ['FR', 'https://galet.example/atelier', { adspot: false }]);
  assert.ok(full.personal.browser_key && full.personal.browser_signature && full.personal.browser_message);
  const sizes = new Set(world.bundles.map(({ size }) => size));
  t.diagnostic(`${world.bundles.length} bundles in trees of ${sizes.size} sizes`);
});

test('the notice of a bundle is the one published under its id', async () => {
  const { notice, record } = world.bundles[0];
  const published = await (await answer(`${world.ouinon.url}/notices/${record.notice}.json`)).text();
  assert.equal(published, canonical(notice));
});

test('checkpoints of every size are signed, and each extends each one before', async (t) => {
  const opened = [...world.checkpoints.values()].map((text) => open(text)).sort((a, b) => a.size - b.size);
  assert.equal(opened.at(-1).size, TOTAL);
  let pairs = 0;
  for (const [i, older] of opened.entries()) {
    for (const newer of opened.slice(i)) {
      const proof = await consistency(older.size, newer.size);
      checkExtension(older, newer, proof);
      pairs += 1;
      const lies = [
        [older, newer, { ...proof, second: proof.second + 1 }],
        [older, newer, { ...proof, proof: [...proof.proof, '00'.repeat(32)] }],
        [older, { ...newer, origin: 'ouinon.example/log/elsewhere' }, proof],
        ...proof.proof.map((_, n) => [older, newer, apply(proof, { at: ['proof', n], with: '00'.repeat(32) })]),
        ...proof.proof.map((_, n) => [older, newer, apply(proof, { at: ['proof', n], gone: true })]),
      ];
      // From the empty log anything may grow.
      if (older.size > 0) {
        lies.push([{ ...older, root: changedBytes(older.root) }, newer, proof]);
        lies.push([older, { ...newer, root: changedBytes(newer.root) }, proof]);
      }
      for (const lie of lies) assert.throws(() => checkExtension(...lie));
      if (older.size < newer.size) assert.throws(() => checkExtension(newer, older, proof), /leaves, and there were/);
    }
  }
  t.diagnostic(`${opened.length} checkpoints, ${pairs} pairs`);
});

const changedBytes = (buffer) => Buffer.from(buffer.map((byte, i) => (i ? byte : byte ^ 1)));

test('the root can be computed again from the leaves, at every size', async () => {
  const { leaves } = await (await answer(log(world.site, `leaves?from=0&to=${TOTAL}`), world.reader)).json();
  const hashes = leaves.map((leaf) => leafHash(Buffer.from(leaf, 'base64')));
  for (const text of world.checkpoints.values()) {
    const { size, root } = open(text);
    assert.deepEqual(treeRoot(hashes.slice(0, size)), root, `${size} leaves`);
  }
  for (const { index, leaf } of world.bundles) assert.equal(leaves[index], leaf);
});

test('a receipt is redeemed in the log of any size since', async () => {
  for (const { record, index, leaf } of [world.bundles[0], world.bundles[60], world.bundles.at(-1)]) {
    for (const text of world.checkpoints.values()) {
      const { size, root } = open(text);
      if (size <= index) continue;
      const url = log(world.site, `inclusion?record=${record.id}&size=${size}`);
      const said = await (await answer(url, world.reader)).json();
      const hash = leafHash(Buffer.from(leaf, 'base64'));
      assert.deepEqual([said.index, said.size, said.leaf_hash], [index, size, hash.toString('hex')]);
      assert.ok(included(hash, index, size, said.proof.map((step) => Buffer.from(step, 'hex')), root));
    }
  }
});

test('the key set says what the document says', () => {
  const [logs, receipts] = [[], []];
  for (const key of world.keys.keys) (key.ouinon_log ? logs : receipts).push(key);
  assert.deepEqual(logs.map((key) => key.ouinon_log.site).sort(), [world.site.id, world.other.id].sort());
  assert.equal(receipts.length, 1);
  for (const { kid, crv, kty, x, ouinon_log: known } of world.keys.keys) {
    assert.equal(kid, createHash('sha256').update(canonical({ crv, kty, x })).digest('base64url'));
    if (!known) continue;
    const { name, key } = verifierKey(known.vkey);
    assert.deepEqual([name, key.toString('base64url')], [known.origin, x]);
  }
});

test('no field of a bundle can be changed, taken out or added to', (t) => {
  const read = world.bundles.find(({ record, index }) => record.action === 'save' && index < 200);
  const step = ([field, inner]) => {
    if (field === 'record') return inner === 'site' ? 1 : 3;
    return { checkpoint: 1, size: 1, inclusion: 2, index: 2, leaf: 2, leaf_key: 3, notice: 4, receipt: 5 }[field];
  };
  let count = 0;
  for (const change of changes(read)) {
    if (change.at[0] === 'added') continue; // What stands beside the parts is no part of the proof.
    // Without the record no log is known.
    const number = change.at.length === 1 && change.at[0] === 'record' ? 1 : step(change.at);
    refused(number, apply(read, change), JSON.stringify(change));
    count += 1;
  }
  t.diagnostic(`${count} changes refused`);
});

test('no character of checkpoint, receipt, leaf, key or hashes can be changed', (t) => {
  const read = world.bundles.at(-1);
  const texts = [[1, ['checkpoint']], [5, ['receipt']], [2, ['leaf']], [3, ['leaf_key']],
    ...read.inclusion.map((_, i) => [2, ['inclusion', i]])];
  let count = 0;
  for (const [number, at] of texts) {
    const text = at.reduce((part, key) => part[key], read);
    for (let i = 0; i < text.length; i += 1) {
      for (const other of new Set([text[i] === 'A' ? 'B' : 'A', text[i].toUpperCase(), ''])) {
        if (other === text[i]) continue;
        refused(number, apply(read, { at, with: text.slice(0, i) + other + text.slice(i + 1) }), `${at} at ${i}`);
        count += 1;
      }
    }
  }
  t.diagnostic(`${count} changes refused`);
});

test('no part of another bundle fits', () => {
  const [one, two] = [world.bundles.at(-1), world.bundles.at(-2)];
  assert.equal(one.size, two.size);
  for (const field of ['receipt', 'leaf_key', 'record']) {
    refused({ receipt: 5, leaf_key: 3, record: 3 }[field], { ...one, [field]: two[field] }, field);
  }
  const place = { leaf: two.leaf, index: two.index, inclusion: two.inclusion };
  refused(3, { ...one, ...place }, 'another place in the same log');
  const { record, checkpoint, size } = world.elsewhere;
  refused(1, { ...one, record }, "another site's record");
  refused(1, { ...one, checkpoint, size }, "another site's checkpoint");
  refused(1, { ...world.elsewhere, record: { ...record, site: world.site.id } }, 'a record moved to another site');
  const early = world.checkpoints.get(CHOICES + WITHDRAWALS);
  refused(1, { ...one, checkpoint: early }, 'an early checkpoint');
  refused(2, { ...one, checkpoint: early, size: CHOICES + WITHDRAWALS }, 'an early tree');
});

test('a key set that lacks or swaps a key proves nothing', () => {
  const read = world.bundles[0];
  const without = (fits) => ({ keys: world.keys.keys.filter((key) => !fits(key)) });
  assert.throws(() => verifyBundle(read, without((key) => key.ouinon_log)), /^Error: step 1, checkpoint: no log key/);
  assert.throws(() => verifyBundle(read, without((key) => !key.ouinon_log)), /^Error: step 5, receipt: no receipt key/);
  const swapped = structuredClone(world.keys);
  const [mine, theirs] = swapped.keys.filter((key) => key.ouinon_log).map((key) => key.ouinon_log);
  [mine.vkey, theirs.vkey] = [theirs.vkey, mine.vkey];
  assert.throws(() => verifyBundle(read, swapped), /^Error: step 1, checkpoint: .* did not sign it/);
});

test('the command ends with 0, 1 or 2 and a sentence', async () => {
  const read = world.bundles[0];
  const [older, newer] = [CHOICES + WITHDRAWALS, TOTAL].map((size) => world.checkpoints.get(size));
  const proof = await consistency(CHOICES + WITHDRAWALS, TOTAL);
  const forgotten = { ...read, record: { ...read.record, personal: null }, receipt: null, leaf_key: null };
  const random = `${newer.slice(0, newer.lastIndexOf(' '))} ${randomBytes(68).toString('base64')}\n`;
  for (const [status, said, ...call] of [
    [0, /all five steps hold/, 'bundle', read, world.keys],
    [1, /^step 3, leaf: /, 'bundle', apply(read, { at: ['record', 'gpc'], with: true }), world.keys],
    [1, /^step 1, checkpoint: no log key/, 'bundle', {}, world.keys],
    [2, /forgotten/, 'bundle', forgotten, world.keys],
    [2, /JSON/, 'bundle', 'no bundle', world.keys],
    [2, /^node e2e/, 'bundle', read],
    [0, new RegExp(`signed ${TOTAL} leaves`), 'checkpoint', newer, world.keys],
    [0, /which extend the/, 'checkpoint', newer, world.keys, older, proof],
    [0, /which extend the 0/, 'checkpoint', newer, world.keys, world.checkpoints.get(0), await consistency(0, TOTAL)],
    [1, /leaves, and there were/, 'checkpoint', older, world.keys, newer, proof],
    [1, /does not extend/, 'checkpoint', newer, world.keys, older, { ...proof, proof: [] }],
    [1, /did not sign it/, 'checkpoint', random, world.keys],
    [1, /no log key/, 'checkpoint', 'elsewhere\n0\n', world.keys],
    [2, /^node e2e/, 'checkpoint', newer, world.keys, older],
    [2, /^node e2e/, 'nothing'],
  ]) {
    const ended = run(...call);
    assert.equal(ended.status, status, ended.said);
    assert.match(ended.said, said);
  }
});
