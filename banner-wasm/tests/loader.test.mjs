// What the loader reads and answers, whatever lies in storage.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { source } from './source.mjs';

const config = JSON.parse(readFileSync(new URL('config.json', import.meta.url)));

test('garbage is as if nothing were stored', async () => {
  const { stored } = await source('loader/stored.ts');
  globalThis.localStorage = { number: '5', list: '["x"]', cut: '{"a":', word: 'abc', nothing: 'null' };
  assert.deepEqual(
    ['number', 'list', 'cut', 'word', 'none', 'nothing'].map((key) => stored(key)),
    [5, ['x'], undefined, undefined, undefined, null],
  );
  Object.defineProperty(globalThis, 'localStorage', {
    configurable: true,
    get() {
      throw new Error('SecurityError');
    },
  });
  assert.equal(stored('number'), undefined);
});

test('allowed is true or false, nothing else', async () => {
  const { allowed } = await source('loader/allowed.ts');
  const ask = (consent, ...what) => allowed({ config, api: { consent } }, ...what);
  const consent = { choices: { analytics: true }, vendors: {} };
  assert.equal(ask(consent, 'analytics'), true);
  assert.equal(ask(consent, 'advertising'), false, 'a purpose the choice does not know');
  assert.equal(ask(null, 'analytics'), false);
  assert.equal(ask(consent, 'unheard'), false);
  assert.equal(ask(consent, 'analytics', 'unheard'), false);
  for (const name of ['constructor', 'toString', '__proto__']) {
    assert.equal(ask(consent, name), false, `every object has ${name}`);
    assert.equal(ask(consent, 'analytics', name), false, `every object has ${name}`);
  }
});

test('a cookie named as secure goes too, where the page may say so', async () => {
  const { wipe } = await source('loader/wipe.ts');
  const written = [];
  globalThis.document = { set cookie(text) { written.push(text); } };
  for (const protocol of ['https:', 'http:']) {
    globalThis.location = { protocol, hostname: 'shop.example', pathname: '/a' };
    wipe('__Host-id');
  }
  assert.ok(written.includes('__Host-id=;max-age=0;path=/;secure'));
  assert.equal(written.filter((text) => text.includes('secure')).length, written.length / 2);
});

/** Runs the whole loader in a page with just enough around it; gives its click listener too. */
const boot = async (localStorage, cookie, ouinon, globalPrivacyControl) => {
  const heard = {};
  const listen = (name, listener) => (heard[name] = listener);
  Object.defineProperty(globalThis, 'localStorage', { configurable: true, ...localStorage });
  Object.defineProperty(globalThis, 'navigator', { configurable: true, value: { languages: ['en'], globalPrivacyControl } });
  Object.assign(globalThis, {
    window: { ouinon },
    location: { href: 'https://shop.example/', hostname: 'shop.example' },
    document: {
      cookie,
      readyState: 'complete',
      body: {},
      documentElement: { lang: 'en' },
      createElement: () => ({ dataset: {}, remove() {} }),
      querySelector: (selector) => (selector.startsWith('[data-ouinon') ? {} : null),
      querySelectorAll: () => [],
      addEventListener: listen,
      dispatchEvent() {},
    },
    addEventListener: listen,
    HTMLElement: class {},
    MutationObserver: class {
      observe() {}
    },
    customElements: { get: () => ({}) },
    __OUINON_CONFIG__: config,
    __OUINON_LABEL__: 'Cookies',
    __OUINON_FIRST_LAYER__: { path: config.home, of: { base: 'https://cmp.example', site: 'k3v9q2m7xw4d' } },
    __OUINON_LAYOUT__: 0,
    __OUINON_PLACED__: 0,
    SIGNALS: [],
  });
  await source('loader/main.ts');
  return heard;
};
const list = 'functional:1!analytics:1!advertising:0!retargeting:0';
const cookies = `ouinon=1.visitor.7.4000000000.1b16b1df.${list}; ouinon_s=secret`;

test('garbage in storage does not stop a choice that holds', async () => {
  for (const garbage of ['', '{', 'null', '7', '[]', '"x"']) {
    await boot({ value: { ouinon_c: garbage } }, cookies);
    assert.equal(window.ouinon.consent.version, 7, garbage);
    assert.equal(window.ouinon.allowed('analytics'), true, garbage);
    assert.equal(window.ouinon.allowed('advertising'), false, garbage);
  }
});

test('the way to the hosted page takes the secret along, also where storage is blocked', async () => {
  const blocked = () => {
    throw new Error('SecurityError');
  };
  const clickOn = async (storage, cookie) => {
    // As the snippet leaves it: the script that asks is on its way.
    const early = source('widget/main.ts');
    const heard = await boot(storage, cookie, Object.assign([], { e: early, p: Promise.resolve() }));
    heard.click({ composedPath: () => [{ dataset: { ouinon: 'page' } }], preventDefault() {} });
    await early;
    await new Promise((done) => setTimeout(done, 10));
  };
  await clickOn({ get: blocked }, cookies);
  assert.match(location.href, /\/preferences\/.*#secret$/);
  const keeping = (kept) => Object.defineProperty(kept, 'setItem', { value: (key, value) => (kept[key] = value) });
  const kept = keeping({ ouinon_c: '{"d":1900000000}' });
  await clickOn({ value: kept }, cookies);
  assert.match(location.href, /#secret$/);
  assert.deepEqual(JSON.parse(kept.ouinon_c), { d: 1900000000, b: 1 }, 'the state is read again on the way back');
  const empty = keeping({});
  await clickOn({ value: empty }, '');
  assert.match(location.href, /#$/);
  assert.deepEqual(Object.keys(empty), [], 'nothing is written before a choice');
});

test('a signal that comes after a yes takes it back at once, where the law hears it and it was not there then', async () => {
  const heard = async (kept, on = true) => {
    await boot({ value: { ouinon_c: JSON.stringify(kept) } }, cookies, undefined, on);
    return window.ouinon.allowed('analytics');
  };
  assert.equal(await heard({ g: 1 }), false);
  assert.equal(await heard({}), true, 'said in full sight of the signal, or where the law is another');
  assert.equal(await heard({ g: 1 }, false), true);
  assert.equal(await heard(null), true);
});

test('what a page called before the loader came is done when it comes', async () => {
  const storage = { value: {} };
  const heard = [];
  await boot(storage, cookies, [(ouinon) => heard.push(ouinon.allowed('analytics'))]);
  assert.deepEqual(heard, [true]);
  window.ouinon.push((ouinon) => heard.push(ouinon.consent.version));
  assert.deepEqual(heard, [true, 7], 'later at once');
});

test('`window.ouinon` has what `ouinon.d.ts` declares', async () => {
  const [, body] = /interface Ouinon {(.*?)\n}/s.exec(readFileSync(new URL('../ouinon.d.ts', import.meta.url), 'utf8'));
  const declared = [...body.matchAll(/^ {2}(?:readonly )?(\w+)[:(<]/gm)].map(([, name]) => name);
  await boot({ value: {} }, cookies, undefined);
  // Used up by now: what resolves `ready`.
  assert.deepEqual(Object.keys(window.ouinon).filter((name) => name !== 'r').toSorted(), declared.toSorted());
});

test('back from the hosted page nothing runs before the state is known', async () => {
  await boot({ value: { ouinon_c: '{"b":1,"d":4000000000}' } }, cookies);
  assert.deepEqual([window.ouinon.consent, window.ouinon.allowed('analytics')], [null, false]);
});
