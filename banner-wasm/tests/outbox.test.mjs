// Choices on their way: kept until the receipt comes, whatever happens in between.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { beforeEach, mock, test } from 'node:test';
import { source } from './source.mjs';

const jar = new Map();
let storage;
let tab;
let answers;
let sent;
let asked;
let core;
let context;
let outbox;
let record;

// Like the browser's, `full` refuses to write.
const area = (kept, full = false) => {
  const methods = {
    getItem: (key) => kept[key] ?? null,
    setItem: (key, value) => {
      if (full) throw new Error('QuotaExceededError');
      kept[key] = value;
    },
    removeItem: (key) => delete kept[key],
  };
  return new Proxy(kept, { get: (_, name) => methods[name] ?? kept[name] });
};

const choices = (on) => ({ functional: on, analytics: on, advertising: on, retargeting: on });
const ok = (version, on) => ({
  status: 201,
  body: {
    visitor: 'v', version, choices: choices(on), vendors: {}, notice: core.about.notice, regime: null,
    given_at: '2026-11-22T20:00:00Z', expires_at: '2099-01-01T00:00:00Z', receipt: 'a.b.c',
  },
});

beforeEach(async () => {
  mock.timers.reset();
  mock.timers.enable({ apis: ['setTimeout'] });
  jar.clear();
  storage = {};
  tab = {};
  answers = [];
  sent = [];
  asked = [];
  // Node 21 has a navigator of its own, with a getter only.
  Object.defineProperty(globalThis, 'navigator', { value: {}, configurable: true });
  Object.assign(globalThis, {
    localStorage: area(storage),
    sessionStorage: area(tab),
    history: {},
    __OUINON_FIRST_LAYER__: { texts: {} },
    __OUINON_LAYOUT__: 0,
    __OUINON_PLACED__: 0,
    location: { protocol: 'https:', origin: 'https://shop.example', hostname: 'shop.example', pathname: '/', hash: '', href: 'https://shop.example/' },
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
  const { cookie } = await source('loader/cookie.ts');
  const { of: about } = JSON.parse(readFileSync(new URL('first-layer.json', import.meta.url)));
  core = {
    config, about, regime: null,
    api: { consent: null, visitor: null, allowed: () => false },
    read() {
      const found = (cookie('ouinon') || '').split('.');
      core.api.consent = parse(found, config, Date.now() / 1000)[0] ?? null;
    },
    emit() {},
  };
  context = {
    core, days: 180, history: [], known() {},
    view: async (again) => ({ ask: () => asked.push(again ? 'again' : 'ask'), embed() {} }),
  };
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
  assert.equal(core.about.notice, notice);
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

for (const status of [400, 403, 404, 413, 422])
  test(`after ${status} what the server holds is taken over and asked again`, async () => {
    answers.push({ status, body: {} }, { status: 200, body: { ...ok(3, false).body, history: [] } });
    await record('accept_all');
    await flush();
    assert.deepEqual(pending(), []);
    assert.match(jar.get('ouinon'), /^1\.v\.3\..*analytics:0/);
    assert.deepEqual(asked, ['ask']);
    assert.equal(sent.length, 2);
  });

for (const [name, answer] of [
  ['never recorded anything', { status: 200, body: { visitor: 'v', version: 0, choices: {}, history: [] } }],
  ['refuses to tell, too,', { status: 403, body: {} }],
])
  test(`a refused choice does not hold where the server ${name}`, async () => {
    answers.push({ status: 422, body: {} }, answer);
    await record('accept_all');
    await flush();
    assert.equal(jar.size, 0);
    assert.deepEqual(storage, {});
    assert.deepEqual(asked, ['ask']);
  });

test('a refused choice is settled before the next scripts where the server is gone', async () => {
  answers.push({ status: 422, body: {} });
  await record('accept_all');
  await flush();
  assert.equal(JSON.parse(storage.ouinon_c).b, 1);
});

test('a refused choice that a later one replaces asks nothing', async () => {
  await record('accept_all');
  await record('reject_all');
  answers.push({ status: 422, body: {} }, ok(1, false));
  mock.timers.tick(60_000);
  await flush();
  assert.deepEqual(asked, []);
  assert.deepEqual(pending(), []);
  assert.match(jar.get('ouinon'), /analytics:0/);
});

test('garbage in the outbox neither stops a choice nor stays', async () => {
  for (const garbage of ['{', '5', '"abc"', '{}', '[1,{},"x",null]']) {
    storage.ouinon_o = garbage;
    answers.push(ok(1, true));
    await record('accept_all');
    assert.equal(sent.at(-1).body.action, 'accept_all');
    assert.equal('ouinon_o' in storage, false, garbage);
  }
});

test('a choice is sent where storage is full', async () => {
  globalThis.localStorage = area(storage, true);
  await record('accept_all');
  answers.push(ok(1, true));
  mock.timers.tick(2000);
  await flush();
  assert.deepEqual(sent.map(({ body }) => body.action), ['accept_all', 'accept_all']);
  assert.match(jar.get('ouinon'), /^1\.v\.1\./);
});

test('what another tab sent is not sent again from this one', async () => {
  await record('accept_all');
  delete storage.ouinon_o;
  mock.timers.tick(60_000);
  await flush();
  assert.equal(sent.length, 1);
});

test('a choice made while the outbox closes is sent at once', async () => {
  let second;
  // The lock is let go some time after the last look.
  navigator.locks = {
    request: async (_, run) => {
      await run();
      second ??= record('reject_all');
      await flush();
    },
  };
  answers.push(ok(1, true), ok(2, false));
  await record('accept_all');
  await second;
  await flush();
  assert.deepEqual(sent.map(({ body }) => body.action), ['accept_all', 'reject_all']);
  assert.deepEqual(pending(), []);
});

test('there is one timer, however often it failed', async () => {
  for (let choice = 0; choice < 3; choice++) await record('reject_all');
  assert.equal(sent.length, 3);
  mock.timers.tick(7000);
  await flush();
  assert.equal(sent.length, 3, 'the pauses of earlier failures are over');
  mock.timers.tick(1000);
  await flush();
  assert.equal(sent.length, 4);
});

const SECRET = 'AAAAAAAAAAAAAAAAAAAAAA';

/** Goes to the hosted page: what its scripts remembered is gone, what the tab keeps is not. */
const visit = async (hash = '') => {
  Object.assign(location, { hash, href: `https://cmp.example/preferences/abc${hash}` });
  const state = {};
  globalThis.history = { replaceState: (data) => Object.assign(location, { hash: '' }) && (state.now = data) };
  core.config.hosted = true;
  core.api.consent = null;
  outbox = await source('widget/record.ts');
  return {
    sync: async () => (await source('widget/sync.ts')).sync(context),
    flush: async () => (await source('widget/outbox.ts')).flush(context),
    secret: async () => (await source('widget/secret.ts')).secretOf(core),
  };
};
const known = () => ({ status: 200, body: { ...ok(3, true).body, history: [] } });

test('the hosted page keeps the secret for its tab, and writes nothing else', async () => {
  const first = await visit(`#${SECRET}`);
  assert.equal(await first.secret(), SECRET);
  assert.equal(location.hash, '');
  // The same page in another language, or again.
  const second = await visit();
  assert.equal(await second.secret(), SECRET);
  // The link to the content is no secret.
  const third = await visit('#main');
  assert.equal(await third.secret(), SECRET);
  assert.deepEqual(tab, { ['ouinon_s' + core.about.site]: JSON.stringify(SECRET) });
  assert.deepEqual(storage, {});
  assert.equal(jar.size, 0);
  core.about.site = 'another';
  assert.equal(await (await visit()).secret(), undefined);
});

test('what the hosted page could not send outlives it and is shown meanwhile', async () => {
  const first = await visit(`#${SECRET}`);
  answers.push(known());
  await first.sync();
  assert.equal(core.api.consent.choices.analytics, true);
  await record('withdraw');
  const again = await visit();
  answers.push(known());
  await again.sync();
  assert.equal(core.api.consent.choices.analytics, false);
  assert.equal(core.api.consent.version, 3);
  const gone = await visit();
  await gone.sync();
  assert.equal(core.api.consent.choices.analytics, false, 'also where the server tells nothing');
  answers.push(ok(4, false));
  await gone.flush();
  assert.equal(sent.at(-1).body.action, 'withdraw');
  assert.deepEqual(Object.keys(tab), ['ouinon_s' + core.about.site]);
  assert.deepEqual(storage, {});
});

test('an older answer does not undo what was chosen on the hosted page meanwhile', async () => {
  const { sync } = await visit(`#${SECRET}`);
  answers.push(known());
  await sync();
  const { fetch } = globalThis;
  globalThis.fetch = async () => {
    globalThis.fetch = fetch;
    answers.push(ok(4, false));
    await record('withdraw');
    return { ok: true, status: 200, json: async () => known().body };
  };
  await sync();
  assert.equal(core.api.consent.version, 4);
  assert.equal(core.api.consent.choices.analytics, false);
});

test('the screen says what is not recorded yet', async () => {
  const { createWords } = await source('widget/more/words.ts');
  const { pending } = await source('widget/outbox.ts');
  const text = (key) => ({ pending: 'Not yet' })[key];
  const say = createWords({ context, text, values: {}, tools: { pending } }, { purposes: [], vendors: [], language: 'en' });
  assert.equal(say(0, 0, 'pending'), '');
  await record('reject_all');
  assert.equal(say(0, 0, 'pending'), 'Not yet');
});

test('taking back without ever having chosen is a refusal', async () => {
  answers.push(ok(1, false));
  await record('withdraw');
  assert.equal(sent[0].body.action, 'reject_all');
});

test('a choice waits for nothing but to be applied: what goes with the page is in the outbox by then', async () => {
  let show;
  const shown = new Promise((done) => (show = done));
  const chosen = outbox.record(context, 'accept_all', {}, 'banner', { trusted: true, visible: true }, shown);
  assert.equal(pending().length, 1, 'in the turn of the click');
  assert.equal(jar.get('ouinon_s'), pending()[0].visitor_secret, 'whoever chooses again is the same visitor');
  await flush();
  assert.deepEqual([sent.length, jar.has('ouinon')], [0, false], 'nothing is applied before the frame');
  answers.push(ok(1, true));
  show();
  await chosen;
  assert.deepEqual([sent.length, pending().length], [1, 0]);
  assert.match(jar.get('ouinon'), /^1\.v\.1\./);
});
