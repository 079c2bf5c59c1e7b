// What each file of loader/signals/ says, and when; e2e/stories/signals-vectors.test.mjs has the same in a browser.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { source } from './source.mjs';

const SIGNALS = {
  necessary: ['security_storage'],
  functional: ['functionality_storage', 'personalization_storage'],
  analytics: ['analytics_storage'],
  advertising: ['ad_storage', 'ad_user_data'],
  retargeting: ['ad_personalization'],
};
const PURPOSES = Object.keys(SIGNALS);
const states = (granted) => {
  const all = Object.entries(SIGNALS).flatMap(([purpose, names]) =>
    names.map((name) => [name, purpose === 'necessary' || granted.includes(purpose) ? 'granted' : 'denied']));
  return Object.fromEntries(all);
};
const FRANCE = { model: 'opt-in', country: 'FR', region: null, gpc_honoured: false };
const CALIFORNIA = { model: 'opt-out', country: 'US', region: 'CA', gpc_honoured: true };

/** A page with one of the files in it, whose snippet had these attributes (none: no snippet). */
async function page(tool, { snippet, gpc = false, options, own = {} } = {}) {
  const events = new EventTarget();
  Object.assign(globalThis, {
    window: own,
    SIGNALS: [],
    document: Object.assign(events, {
      currentScript: { dataset: snippet || {} },
      cookie: 'ouinon=x',
      documentElement: { lang: 'en' },
    }),
  });
  Object.defineProperty(globalThis, 'navigator', { configurable: true, value: { languages: [], globalPrivacyControl: gpc } });
  const { set, wait = 500, vendor } = options || {};
  let granted = [];
  const api = { consent: null, allowed: (purpose) => purpose === 'necessary' || granted.includes(purpose) };
  Object.assign(globalThis, { __OUINON_SET__: set, __OUINON_WAIT__: wait });
  const refused = () => api.consent?.vendors[vendor] === false;
  Object.defineProperty(globalThis, '__OUINON_REFUSED__', { configurable: true, get: refused });
  if (snippet) await source('loader/queue.ts');
  if (set) await source('loader/parts/google-set.ts');
  await source(`loader/signals/${tool}.ts`);
  const [signal] = globalThis.SIGNALS;
  const { default: told } = await source('asking/google.ts');
  const signals = (value) => Object.fromEntries(PURPOSES.flatMap((purpose) => SIGNALS[purpose].map((name) => [name, value(purpose)])));
  const config = { signals, fixed: ['necessary'], asked: PURPOSES.slice(1) };
  const core = { config, api, regime: null };
  const known = () => {
    signal(core, true);
    if (tool === 'google') told(core);
  };
  return {
    core, known, signal,
    window: own,
    begin: () => signal(core),
    placed: (regime) => {
      core.regime = regime;
      // Honoured, it is applied as the choice that follows.
      if (regime.gpc_honoured && gpc) return;
      if (regime.model !== 'opt-in') granted = PURPOSES;
      known();
    },
    chosen: (purposes, vendors = {}, regime = core.regime) => {
      granted = purposes;
      api.consent = { vendors, regime };
      signal(core, true);
    },
  };
}

const google = ({ window }) => window.dataLayer.filter((entry) => entry[0] === 'consent').map((entry) => [...entry].slice(1));
const START = ['default', { ...states([]), wait_for_update: 500 }];

test('Google: one default, one update for a choice, also where it changes nothing', async () => {
  for (const choice of [[], ['analytics'], PURPOSES]) {
    const here = await page('google', { snippet: {} });
    here.begin();
    here.placed(FRANCE);
    assert.deepEqual(google(here), [START], 'not before a choice');
    here.chosen(choice);
    here.chosen(choice);
    assert.deepEqual(google(here), [START, ['update', states(choice)]]);
    here.chosen(['functional']);
    assert.deepEqual(google(here).slice(2), [['update', states(['functional'])]]);
    assert.equal(Object.prototype.toString.call(here.window.dataLayer[0]), '[object Arguments]');
  }
});

test('Google: what is stored is the first update of every page', async () => {
  const here = await page('google', { snippet: {} });
  here.chosen(['analytics'], {}, FRANCE);
  here.begin();
  assert.deepEqual(google(here), [START, ['update', states(['analytics'])]]);
});

test('Google: the default of a place where nobody is asked needs no update, and gives way to Global Privacy Control', async () => {
  const free = await page('google', { snippet: { granted: 'AU US' } });
  const regional = ['default', { ...states(PURPOSES), wait_for_update: 500, region: ['AU', 'US'] }];
  free.begin();
  free.placed(CALIFORNIA);
  assert.deepEqual(google(free), [START, regional]);
  free.chosen(['analytics', 'functional']);
  assert.deepEqual(google(free).slice(2), [['update', states(['analytics', 'functional'])]]);
  const refused = await page('google', { snippet: { granted: 'US' }, gpc: true });
  refused.begin();
  refused.placed(CALIFORNIA);
  const [, [, said]] = google(refused);
  assert.deepEqual(
    [said.ad_storage, said.ad_user_data, said.ad_personalization, said.analytics_storage],
    ['denied', 'denied', 'denied', 'granted'],
  );
  assert.equal(google(refused).length, 2, 'told once it is recorded');
  refused.chosen([]);
  assert.deepEqual(google(refused).slice(2), [['update', states([])]]);
});

test('Google: without the regional default, or elsewhere than it says, an update tells', async () => {
  const strict = await page('google', { snippet: {} });
  strict.begin();
  strict.placed(CALIFORNIA);
  assert.deepEqual(google(strict).slice(1), [['update', states(PURPOSES)]]);
  const outdated = await page('google', { snippet: { granted: 'FR' } });
  outdated.begin();
  outdated.placed(FRANCE);
  assert.deepEqual(google(outdated).slice(2), [['update', states([])]], 'the law changed since the snippet was pasted');
  const nowhere = await page('google', { snippet: { granted: 'US' } });
  nowhere.begin();
  nowhere.core.regime = null;
  nowhere.known();
  assert.deepEqual(google(nowhere).slice(2), [['update', states([])]], 'the place could not be asked');
});

test('Google: without the snippet the loader sets defaults and options, with it the snippet does', async () => {
  const options = { set: ['ads_data_redaction', 'url_passthrough'], wait: 900 };
  const sets = options.set.map((name) => ['set', name, true]);
  const all = (here) => here.window.dataLayer.map((entry) => [...entry]);
  for (const snippet of [undefined, { set: options.set.join(' '), wait: '900' }]) {
    const here = await page('google', { snippet, options });
    here.begin();
    here.placed(FRANCE);
    const wanted = [...sets, ['consent', 'default', { ...states([]), wait_for_update: 900 }]];
    assert.deepEqual(all(here), wanted);
  }
});

test('a vendor refused by name is denied, whatever its purposes', async () => {
  const here = await page('google', { snippet: {}, options: { vendor: 'adco' } });
  here.chosen(PURPOSES, { adco: false });
  assert.equal(google(here)[1][1].ad_storage, 'denied');
});

test('UET: denied at once, then updated', async () => {
  const here = await page('uet');
  const said = () => Array.from({ length: here.window.uetq.length / 3 }, (_, at) => here.window.uetq.slice(at * 3 + 1, at * 3 + 3));
  here.begin();
  here.placed(FRANCE);
  assert.deepEqual(said(), [['default', { ad_storage: 'denied' }]]);
  here.chosen([]);
  here.chosen([]);
  assert.deepEqual(said().slice(1), [['update', { ad_storage: 'denied' }]]);
  here.chosen(['advertising']);
  assert.deepEqual(said().slice(2), [['update', { ad_storage: 'granted' }]]);
  const back = await page('uet');
  back.chosen(['advertising'], {}, FRANCE);
  back.begin();
  assert.deepEqual(back.window.uetq, ['consent', 'default', { ad_storage: 'granted' }]);
});

test('Clarity: told when something is known, once', async () => {
  const here = await page('clarity');
  here.begin();
  assert.equal(here.window.clarity, undefined);
  here.placed(FRANCE);
  here.chosen(['analytics']);
  here.chosen(['analytics']);
  assert.deepEqual(here.window.clarity.q.map((entry) => [...entry]), [
    ['consentv2', { ad_Storage: 'denied', analytics_Storage: 'denied' }],
    ['consentv2', { ad_Storage: 'denied', analytics_Storage: 'granted' }],
  ]);
  const own = [];
  const loaded = await page('clarity', { own: { clarity: (...args) => own.push(args) } });
  loaded.chosen([], {}, FRANCE);
  assert.equal(own[0][0], 'consentv2');
});

/** What Meta's own tag does, nothing loaded. */
function pixel(window) {
  if (window.fbq) return;
  const n = (window.fbq = function (...args) {
    if (n.callMethod) n.callMethod(...args);
    else n.queue.push(args);
  });
  n.queue = [];
  window.fbq('init', '1');
}
const ALL_ADS = ['advertising', 'retargeting'];
const LIMITED = ['dataProcessingOptions', ['LDU'], 0, 0];

test('Meta: revoked before its init, whoever comes first, and granted with all advertising', async () => {
  for (const first of ['pixel', 'loader']) {
    const here = await page('meta');
    if (first === 'pixel') pixel(here.window);
    here.begin();
    if (first === 'loader') pixel(here.window);
    here.placed(FRANCE);
    here.chosen(['advertising']);
    assert.deepEqual(here.window.fbq.queue, [['consent', 'revoke'], ['init', '1']], first);
    here.chosen(ALL_ADS);
    here.chosen(ALL_ADS);
    assert.deepEqual(here.window.fbq.queue, [['consent', 'revoke'], ['consent', 'grant'], ['init', '1']], first);
    const called = [];
    here.window.fbq.callMethod = (...args) => called.push(args);
    here.chosen([]);
    assert.deepEqual(called, [['consent', 'revoke']], 'the pixel has loaded');
  }
  const back = await page('meta');
  back.chosen(ALL_ADS, {}, FRANCE);
  pixel(back.window);
  assert.deepEqual(back.window.fbq.queue, [['init', '1']], 'nothing to say');
});

test('Meta: Limited Data Use after an opt-out in the United States, on every page, until it is taken back', async () => {
  const here = await page('meta');
  here.begin();
  here.placed(CALIFORNIA);
  here.chosen([]);
  pixel(here.window);
  const said = [['consent', 'revoke'], ['consent', 'grant'], ['consent', 'revoke'], LIMITED];
  assert.deepEqual(here.window.fbq.queue, [...said, ['init', '1']]);
  here.chosen(ALL_ADS);
  assert.deepEqual(here.window.fbq.queue.slice(4, 6), [['consent', 'grant'], ['dataProcessingOptions', []]]);
  const later = await page('meta');
  later.chosen([], {}, CALIFORNIA);
  pixel(later.window);
  assert.deepEqual(later.window.fbq.queue, [['consent', 'revoke'], LIMITED, ['init', '1']]);
});

test('Meta: a pixel without a queue is told as well', async () => {
  const here = await page('meta');
  here.begin();
  const called = [];
  here.window.fbq = (...args) => called.push(args);
  await null;
  assert.deepEqual(called, [['consent', 'revoke']]);
});

test('the data layer has the events, and what is allowed as one text', async () => {
  const here = await page('data-layer', { own: { dataLayer: [] } });
  here.begin();
  here.chosen(['analytics'], {}, FRANCE);
  const { consent } = here.core.api;
  here.signal(here.core, false, 'ouinon:change');
  assert.deepEqual(here.window.dataLayer, [
    { event: 'ouinon:change', ouinon: consent, ouinon_allowed: ',necessary,analytics,' },
  ]);
});
