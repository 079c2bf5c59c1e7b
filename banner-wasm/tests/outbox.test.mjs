// Choices on their way: kept until the receipt comes, whatever happens in between.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { beforeEach, mock, test } from 'node:test';
import { source } from './source.mjs';

const jar = new Map();
let storage;
let answers;
let sent;
let asked;
let core;
let context;
let outbox;
let record;

const choices = (on) => ({ functional: on, analytics: on, advertising: on, retargeting: on });
const ok = (version, on) => ({
  status: 201,
  body: {
    visitor: 'v', version, choices: choices(on), vendors: {}, notice: core.config.notice, regime: null,
    given_at: '2026-11-22T20:00:00Z', expires_at: '2099-01-01T00:00:00Z', receipt: 'a.b.c',
  },
});

beforeEach(async () => {
  mock.timers.reset();
  mock.timers.enable({ apis: ['setTimeout'] });
  jar.clear();
  storage = {};
  answers = [];
  sent = [];
  asked = [];
  // Node 21 has a navigator of its own, with a getter only.
  Object.defineProperty(globalThis, 'navigator', { value: {}, configurable: true });
  Object.assign(globalThis, {
    localStorage: {
      getItem: (key) => storage[key] ?? null,
      setItem: (key, value) => (storage[key] = value),
      removeItem: (key) => delete storage[key],
    },
    location: { protocol: 'https:', origin: 'https://shop.example', pathname: '/', hash: '', href: 'https://shop.example/' },
    document: {
      get cookie() {
        return [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
      },
      set cookie(text) {
        const [, name, value, rest] = text.match(/^([^=]+)=([^;]*);(.*)$/);
        if (/expires=Thu, 01 Jan 1970/.test(rest)) jar.delete(name);
        else jar.set(name, value);
      },
      querySelectorAll: () => [],
    },
    fetch: async (url, { method, body, headers } = {}) => {
      sent.push({ url, method, headers, body: body && JSON.parse(body), raw: body });
      const answer = answers.shift();
      if (!answer) throw new TypeError('offline');
      return { ok: answer.status < 300, status: answer.status, json: async () => answer.body };
    },
  });
  console.warn = () => {};
  const config = JSON.parse(readFileSync(new URL('config.json', import.meta.url)));
  const { parse } = await source('loader/consent/state.ts');
  core = {
    config, regime: null, hosted: false, language: 'en',
    api: { consent: null, visitor: null, allowed: () => false },
    read() {
      const stored = parse(jar.get('ouinon'), config, Date.now() / 1000);
      core.api.consent = stored?.consent ?? null;
    },
    emit() {},
    view: async (again) => ({ ask: () => asked.push(again ? 'again' : 'ask'), embed() {} }),
  };
  context = { core, history: [], known() {} };
  outbox = await source('widget/record.ts');
  record = (action, extra = {}) =>
    outbox.record(context, action, extra, 'banner', { trusted: true, visible: true });
});

const flush = async () => {
  for (let turn = 0; turn < 40; turn++) await new Promise((done) => setImmediate(done));
};
const pending = () => JSON.parse(storage.ouinon_o || '[]').map((body) => JSON.parse(body));

test('nothing is made before the first choice', () => {
  assert.equal(jar.size, 0);
  assert.deepEqual(storage, {});
});

test('a choice holds at once and leaves with its receipt', async () => {
  answers.push(ok(1, true));
  await record('accept_all');
  assert.equal(sent.length, 1);
  const { body } = sent[0];
  assert.match(body.visitor_secret, /^[\w-]{22}$/);
  assert.match(body.id, /^[0-9a-f-]{36}$/);
  assert.deepEqual(body.choices, choices(true));
  assert.equal(body.base_version, 0);
  assert.equal(jar.get('ouinon_s'), body.visitor_secret);
  assert.match(jar.get('ouinon'), /^1\.v\.1\./);
  assert.deepEqual(pending(), []);
  assert.equal(context.history[0].receipt, 'a.b.c');
});

test('the visitor is the hash of the secret', async () => {
  await record('reject_all');
  const { createHash } = await import('node:crypto');
  const id = createHash('sha256').update(Buffer.from(jar.get('ouinon_s'), 'base64url')).digest().subarray(0, 16);
  assert.equal(jar.get('ouinon').split('.')[1], id.toString('base64url'));
});

for (const status of [undefined, 429, 500, 503])
  test(`kept after ${status ?? 'no answer'} and sent again, byte for byte`, async () => {
    if (status) answers.push({ status, body: {} });
    await record('accept_all');
    assert.equal(pending().length, 1);
    assert.match(jar.get('ouinon'), /analytics:1/);
    answers.push(ok(1, true));
    mock.timers.tick(2000);
    await flush();
    assert.equal(sent[1].raw, sent[0].raw);
    assert.deepEqual(pending(), []);
  });

test('later choices rest on the ones before them', async () => {
  await record('accept_all');
  await record('reject_all');
  assert.deepEqual(pending().map((body) => body.base_version), [0, 0]);
  answers.push(ok(1, true), ok(2, false));
  mock.timers.tick(60_000);
  await flush();
  const posted = sent.slice(-2).map(({ body }) => [body.action, body.base_version]);
  assert.deepEqual(posted, [['accept_all', 0], ['reject_all', 1]]);
  assert.match(jar.get('ouinon'), /\.2\.\d+\..*analytics:0/);
});

test('a change made elsewhere in between is not passed over', async () => {
  await record('accept_all');
  await record('save', { choices: choices(true) });
  answers.push(ok(5, true), ok(6, false));
  mock.timers.tick(60_000);
  await flush();
  assert.equal(sent.at(-1).body.base_version, 0);
});

test('a stale version takes over what holds and asks again', async () => {
  const state = { ...ok(3, false).body, history: [] };
  answers.push({ status: 409, body: { type: 'https://cmp.example/problems/stale-version' } }, { status: 200, body: state });
  await record('accept_all');
  await flush();
  assert.match(jar.get('ouinon'), /^1\.v\.3\..*analytics:0/);
  assert.deepEqual(asked, ['ask']);
  assert.deepEqual(pending(), []);
});

test('a superseded notice is asked anew, under the notice that holds', async () => {
  const notice = `sha256:${'f'.repeat(64)}`;
  const none = { visitor: 'v', version: 0, choices: {}, history: [] };
  answers.push({ status: 409, body: { type: '/problems/notice-superseded', notice } }, { status: 200, body: none });
  await record('accept_all');
  await flush();
  assert.equal(core.config.notice, notice);
  assert.deepEqual(asked, ['again']);
  assert.equal(jar.has('ouinon'), false);
});

test('an erased visitor becomes a new one with the latest choice', async () => {
  answers.push(ok(1, true));
  await record('accept_all');
  const before = sent[0].body;
  answers.push({ status: 410, body: {} }, ok(1, false));
  await record('reject_all');
  await flush();
  const after = sent.at(-1).body;
  assert.notEqual(after.visitor_secret, before.visitor_secret);
  assert.equal(after.base_version, 0);
  assert.equal(after.action, 'reject_all');
  assert.deepEqual(pending(), []);
});

test('a withdrawal of an erased visitor leaves nothing behind', async () => {
  answers.push(ok(1, true));
  await record('accept_all');
  answers.push({ status: 410, body: {} });
  await record('withdraw');
  await flush();
  assert.equal(jar.size, 0);
  assert.deepEqual(storage, {});
});

test('what the server will never take is dropped', async () => {
  answers.push({ status: 422, body: {} });
  await record('accept_all');
  assert.deepEqual(pending(), []);
  assert.equal(sent.length, 1);
});

test('taking back without ever having chosen is a refusal', async () => {
  answers.push(ok(1, false));
  await record('withdraw');
  assert.equal(sent[0].body.action, 'reject_all');
});
