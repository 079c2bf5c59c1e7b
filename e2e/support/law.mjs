// The rules of the law run where they apply, in a place of each regime, and look at everything a page leaves behind.
import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';
import { bannerShown, control, recorded, visitor } from './browser.mjs';
import { openWorld } from './world.mjs';

/** A place of each regime: asked first, may refuse, is told. */
export const [OPT_IN, OPT_OUT, NOTICE] = [['France', 'FR', 'opt-in'], ['California', 'US-CA', 'opt-out'], ['Australia', 'AU', 'notice']];
export const EVERYWHERE = [OPT_IN, OPT_OUT, NOTICE];

/** One machine is many visitors here. */
const UNLIMITED = { OUINON_RATE_LIMITS: 'off' };

/** Every page of the shop. */
export const PAGES = ['', 'bowl', 'basket', 'workshop', 'elsewhere', 'cookies'];

/** Tells the tests of `rules` in a world for each place; `here` is that world once they run. */
export function inPlaces(places, rules, options = {}) {
  for (const [name, place, model] of places) {
    describe(`in ${name} (${model})`, () => {
      const here = { name, model };
      before(async () => Object.assign(here, await openWorld({ place, env: UNLIMITED, ...options })));
      after(() => here.close?.());
      rules(here);
    });
  }
}

/** A new visitor on a page of the shop, asked. */
export async function asked({ browser, shop }, path = 'fr/', options = {}) {
  const page = await visitor(browser, options);
  await page.goto(`${shop.url}/${path}`);
  await bannerShown(page);
  return page;
}

/** A visitor who said something on the first layer, on record. */
export async function said(here, what, ...where) {
  const page = await asked(here, ...where);
  await control(page, what).click();
  await recorded(page, 1);
  return page;
}

/** Notes from now on every request that goes neither to the shop nor to Ouinon. */
export function strangers(page, { shop, ouinon }) {
  const seen = [];
  const ours = [shop.url, ouinon.url];
  const note = (address) => {
    const { protocol, origin } = new URL(address);
    if (/^(http|ws)s?:$/.test(protocol) && !ours.includes(origin)) seen.push(address);
  };
  page.context().on('request', (request) => note(request.url()));
  page.on('websocket', (socket) => note(socket.url()));
  return seen;
}

/** All a page has left in the browser, as sorted lines such as `cookie x`. */
export async function traces(page) {
  const { cookies } = await page.context().storageState();
  const rest = await page.evaluate(async () => {
    const databases = await indexedDB.databases();
    const workers = await navigator.serviceWorker.getRegistrations();
    return [
      ...Object.keys(localStorage).map((key) => `local ${key}`),
      ...Object.keys(sessionStorage).map((key) => `session ${key}`),
      ...databases.map(({ name }) => `database ${name}`),
      ...(await caches.keys()).map((key) => `cache ${key}`),
      ...workers.map(({ scope }) => `worker ${scope}`),
    ];
  });
  return [...cookies.map(({ name }) => `cookie ${name}`), ...rest].sort();
}

/** What remembering a choice takes, and so needs none (docs/WIDGET.md). */
const EXEMPT = ['cookie ouinon', 'cookie ouinon_s', 'local ouinon_c', 'local ouinon_o'];

/** What is left of others. */
export const left = async (page) => (await traces(page)).filter((line) => !EXEMPT.includes(line));

export const settle = (milliseconds = 500) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Looks at every page of the shop, and `each` of them after a while. */
export async function browse(page, { shop }, each = () => {}) {
  for (const name of PAGES) {
    await page.goto(`${shop.url}/fr/${name}`);
    await settle();
    await each(name);
  }
}

/** On an empty page nothing of the last one runs any more: what is noted from here on is the next page's. */
export async function nextPage(page, { shop }, seen) {
  await page.goto('about:blank');
  await settle();
  seen.splice(0);
  await shop.reset();
}

/** Neither a request, by the browser's word or the stand-ins' own, nor anything in the browser. */
export async function nothingOfOthers(page, here, seen) {
  await browse(page, here, async (name) => {
    assert.deepEqual(seen, [], `asked by /${name}`);
    assert.deepEqual(await left(page), [], `left by /${name}`);
  });
  assert.ok(Object.values(await here.shop.counts()).every((count) => count === 0), 'a stand-in was asked');
}

/** Whether the visitor is being asked. */
export const isAsked = async (page) => {
  await page.evaluate(() => window.ouinon.ready);
  await settle();
  return (await control(page, 'accept-all').count()) > 0;
};

/** The same visitor's next page with nothing from the browser's cache. */
export async function freshPage(page, address) {
  const next = await page.context().newPage();
  const session = await page.context().newCDPSession(next);
  await session.send('Network.enable');
  await session.send('Network.setCacheDisabled', { cacheDisabled: true });
  await next.goto(address);
  return next;
}
