// Signals in the demo shop: what a site has not switched on is not there, what it has says the same as the page.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OPT_IN, OPT_OUT, asked, freshPage, inPlaces, said, settle } from '../support/law.mjs';
import { bannerShown, control, recorded, visitor } from '../support/browser.mjs';
import { VENDOR_TAGS, heardBy, resolved } from '../support/signals.mjs';
import { html, startSite } from '../support/site.mjs';
import { openWorld } from '../support/world.mjs';

const AD = ['ad_storage', 'ad_user_data', 'ad_personalization'];
const ads = (states) => AD.map((name) => states[name]);
const TOOLS = { google: {}, uet: {}, clarity: {}, meta: { vendor: 'revien' } };

/** From now on the site tells everybody. */
const everybody = ({ ouinon, site }, more = {}) => ouinon.publish(site, (notice) => {
  notice.signals = { purposes: notice.signals, ...TOOLS, ...more };
});

inPlaces([OPT_IN], (here) => {
  test('signals: what a site has not switched on is not in its loader', async () => {
    const loader = async () => (await fetch(`${here.ouinon.url}/b/${here.site.id}.js`)).text();
    const plain = await loader();
    assert.match(plain, /dataLayer/);
    for (const name of ['uetq', 'consentv2', 'fbq']) assert.ok(!plain.includes(name), name);
    await here.ouinon.publish(here.site, (notice) => {
      notice.signals = { purposes: notice.signals, data_layer: false };
    });
    assert.doesNotMatch(await loader(), /dataLayer/);
    const page = await said(here, 'accept-all');
    const heard = await heardBy(page);
    assert.deepEqual([heard.dataLayer.length, heard.uetq.length, heard.meta.length], [2, 0, 0], 'the snippet’s two defaults alone');
    await page.context().close();
    await everybody(here);
    const all = await loader();
    for (const name of ['uetq', 'consentv2', 'fbq', 'dataLayer']) assert.ok(all.includes(name), name);
  });

  test('signals: one update for a choice, the stored one on every page, and the events beside it', async () => {
    await everybody(here);
    const page = await asked(here, 'fr/');
    await control(page, 'accept-all').click();
    await recorded(page, 1);
    await settle();
    let { dataLayer } = await heardBy(page);
    const google = resolved(dataLayer, 'FR');
    assert.equal(google.updates.length, 1);
    assert.deepEqual(ads(google.final), ['granted', 'granted', 'granted']);
    assert.equal(google.final.personalization_storage, 'denied', 'no purpose of the shop stands behind it');
    const events = dataLayer.filter(({ event }) => event).map(({ event }) => event);
    assert.deepEqual(events, ['ouinon:ready', 'ouinon:shown', 'ouinon:change'], 'none twice');
    const { ouinon, ouinon_allowed: allowed } = dataLayer.find(({ event }) => event === 'ouinon:change');
    assert.equal(ouinon.choices.retargeting, true);
    assert.equal(allowed, ',necessary,advertising,analytics,functional,retargeting,');
    const next = await freshPage(page, `${here.shop.url}/fr/bowl`);
    await next.evaluate(() => window.ouinon.ready);
    ({ dataLayer } = await heardBy(next));
    assert.equal(resolved(dataLayer, 'FR').updates.length, 1);
    await next.evaluate(() => void window.ouinon.withdraw());
    await recorded(next, 2);
    ({ dataLayer } = await heardBy(next));
    assert.equal(resolved(dataLayer, 'FR').updates.length, 2);
    assert.deepEqual(ads(resolved(dataLayer, 'FR').final), ['denied', 'denied', 'denied']);
    assert.deepEqual(page.problems, []);
    await page.context().close();
  });

  test('signals: a vendor refused by name is denied', async () => {
    await everybody(here);
    const page = await asked(here, 'fr/');
    await page.evaluate(() => void window.ouinon.save({
      choices: { functional: true, analytics: true, advertising: true, retargeting: true }, vendors: { revien: false },
    }));
    await recorded(page, 1);
    const site = await page.evaluate(() => {
      const called = [];
      window.fbq = (...args) => called.push(args);
      return new Promise((resolve) => setTimeout(() => resolve(called), 50));
    });
    assert.deepEqual(site, [['consent', 'revoke']]);
    assert.deepEqual(ads(resolved((await heardBy(page)).dataLayer, 'FR').final), ['granted', 'granted', 'granted']);
    await page.context().close();
  });
});

inPlaces([OPT_OUT], (here) => {
  test('signals: an honoured Global Privacy Control denies advertising before any tag, and is one update', async () => {
    await everybody(here);
    const page = await visitor(here.browser, { gpc: true });
    await page.goto(`${here.shop.url}/fr/`);
    await recorded(page, 1);
    await settle();
    const heard = await heardBy(page);
    const google = resolved(heard.dataLayer, 'US-CA');
    assert.deepEqual(ads(google.default), ['denied', 'denied', 'denied']);
    assert.equal(google.updates.length, 1);
    assert.deepEqual(ads(google.final), ['denied', 'denied', 'denied']);
    assert.deepEqual(heard.uetq, [['consent', 'default', { ad_storage: 'denied' }], ['consent', 'update', { ad_storage: 'denied' }]]);
    assert.deepEqual(heard.clarity, [['consentv2', { ad_Storage: 'denied', analytics_Storage: 'denied' }]]);
    const next = await freshPage(page, `${here.shop.url}/fr/bowl`);
    await next.evaluate(() => window.ouinon.ready);
    const later = resolved((await heardBy(next)).dataLayer, 'US-CA');
    assert.deepEqual([later.updates.length, ...ads(later.final)], [1, 'denied', 'denied', 'denied']);
    await next.evaluate(() => void window.ouinon.acceptAll());
    await recorded(next, 2);
    const yes = resolved((await heardBy(next)).dataLayer, 'US-CA');
    assert.deepEqual([yes.updates.length, ...ads(yes.final)], [2, 'granted', 'granted', 'granted'], 'a later yes counts');
    await page.context().close();
  });
});

test('signals: the plain tag first in the head sets defaults and options before any tag', async (t) => {
  const site = await startSite();
  const here = await openWorld({ place: 'FR', origins: [site.url], env: { OUINON_RATE_LIMITS: 'off' } });
  t.after(async () => {
    await here.close();
    await site.stop();
  });
  await everybody(here, { google: { ads_data_redaction: true, url_passthrough: true, wait_for_update: 700 } });
  site.pages['/'] = { html: html(`<script src="${here.ouinon.url}/b/${here.site.id}.js"></script>${VENDOR_TAGS}`) };
  const page = await visitor(here.browser);
  await page.goto(site.url);
  await bannerShown(page);
  const heard = await heardBy(page);
  const calls = heard.dataLayer.filter(Array.isArray).map(([name, kind]) => `${name} ${kind}`.slice(0, 22));
  assert.deepEqual(calls.slice(0, 3), ['set ads_data_redaction', 'set url_passthrough', 'consent default']);
  assert.equal(resolved(heard.dataLayer, 'FR').default.wait_for_update, 700);
  assert.equal(resolved(heard.dataLayer, 'FR').tagsBeforeDefault, false);
  assert.deepEqual(heard.metaBeforeInit, [['consent', 'revoke']]);
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

test('signals: where nobody is asked first, the tools are told before what waits on the page starts', async (t) => {
  const site = await startSite();
  const here = await openWorld({ place: OPT_OUT[1], origins: [site.url], env: { OUINON_RATE_LIMITS: 'off' } });
  t.after(async () => {
    await here.close();
    await site.stop();
  });
  const waits = `<script type="text/plain" data-purpose="advertising">
    window.__told = window.dataLayer.filter((entry) => entry[0] === 'consent' && entry[1] === 'update').length;
  </script>`;
  site.pages['/'] = { html: html(`<script async src="${here.ouinon.url}/b/${here.site.id}.js"></script>`, waits) };
  const page = await visitor(here.browser);
  await page.goto(site.url);
  await page.waitForFunction(() => window.__told !== undefined);
  assert.equal(await page.evaluate(() => window.__told), 1);
  assert.deepEqual(page.problems, []);
  await page.context().close();
});
