// A choice made without a network counts at once, is kept, and reaches the server later.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openWorld } from '../support/world.mjs';
import { until } from '../support/process.mjs';
import { bannerShown, control, inPage, recorded, visitor } from '../support/browser.mjs';

let world;
before(async () => { world = await openWorld(); });
after(() => world?.close());

const waitingBodies = (page) => page.evaluate(() => JSON.parse(localStorage.getItem('ouinon_o') || '[]').length);

test('refused offline, recorded once online', async () => {
  const page = await visitor(world.browser);
  await page.goto(`${world.shop.url}/fr/`);
  await bannerShown(page);
  await page.context().setOffline(true);
  await control(page, 'reject-all').click();
  await page.waitForFunction(() => window.ouinon.consent?.choices.analytics === false);
  assert.equal(await waitingBodies(page), 1);
  const id = await page.evaluate(() => window.ouinon.visitor);
  assert.equal((await world.ouinon.decision(world.site, id, 'analytics')).reason, 'NO_RECORD');
  await page.context().setOffline(false);
  await page.evaluate(() => window.dispatchEvent(new Event('online')));
  await recorded(page, 1);
  assert.equal((await world.ouinon.decision(world.site, id, 'analytics')).reason, 'PURPOSE_DENIED');
  await page.context().close();
});

test('a page that is left before its next attempt sends once more, and the next page asks and records nothing twice', async () => {
  const page = await visitor(world.browser);
  await page.goto(`${world.shop.url}/fr/`);
  await bannerShown(page);
  // As if the network were gone for whatever the page itself waits for.
  await page.evaluate(() => {
    const { fetch } = window;
    window.fetch = (...args) => (String(args[0]).endsWith('/consents') ? Promise.reject(new TypeError('down')) : fetch(...args));
  });
  await control(page, 'accept-all').click();
  await page.waitForFunction(() => window.ouinon.allowed('analytics'));
  const id = await page.evaluate(() => window.ouinon.visitor);
  await page.goto(`${world.shop.url}/healthz`);
  await until('the record', async () => (await world.ouinon.decision(world.site, id, 'analytics')).reason === 'GRANTED');
  assert.equal(await waitingBodies(page), 1, 'nobody told the page that it came');
  await page.goto(`${world.shop.url}/fr/bowl`);
  await recorded(page, 1);
  assert.equal(await control(page, 'accept-all').count(), 0, 'asked once');
  const { items } = await world.ouinon.ask(world.site, `/consents?visitor=${id}`);
  assert.equal(items.length, 1, 'recorded once');
  await page.context().close();
});

test('where the script that asks does not come, a link to the preferences goes to the hosted page', async () => {
  const page = await visitor(world.browser);
  await page.goto(`${world.shop.url}/fr/`);
  await bannerShown(page);
  await control(page, 'accept-all').click();
  await recorded(page, 1);
  await page.route(/\/ask\./, (route) => route.abort());
  await page.goto(`${world.shop.url}/fr/`);
  await page.locator('footer [data-ouinon="open"]').click();
  await page.waitForURL(`${world.ouinon.url}/preferences/**`);
  await page.unroute(/\/ask\./);
  await page.reload();
  await inPage(page, 'withdraw').click();
  await page.waitForFunction(() => window.ouinon.consent?.version === 2);
  await page.goto(`${world.shop.url}/fr/bowl`);
  await page.waitForFunction(() => window.ouinon?.consent?.version === 2);
  assert.equal(await page.evaluate(() => window.ouinon.allowed('analytics')), false, 'read again on return');
  await page.context().close();
});

test('chosen while the server is down, recorded on a later page', async () => {
  const page = await visitor(world.browser);
  await page.goto(`${world.shop.url}/fr/`);
  await bannerShown(page);
  await world.ouinon.program.stop('SIGKILL');
  await control(page, 'accept-all').click();
  await page.waitForFunction(() => window.ouinon.allowed('analytics'));
  assert.equal(await waitingBodies(page), 1);
  await world.ouinon.serve();
  await page.goto(`${world.shop.url}/fr/bowl`);
  const { visitor: id } = await recorded(page, 1);
  assert.equal((await world.ouinon.decision(world.site, id, 'analytics')).reason, 'GRANTED');
  const { items } = await world.ouinon.ask(world.site, `/consents?visitor=${id}`);
  assert.equal(items.length, 1, 'recorded once');
  await page.context().close();
});
