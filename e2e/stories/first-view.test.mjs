// What a page loads, what it weighs, and that nothing moves.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { html, startSite } from '../support/site.mjs';
import { openWorld } from '../support/world.mjs';
import { bannerShown, control, meter, quiet, recorded, visitor } from '../support/browser.mjs';

// The shop lists eleven cookies, names four vendors, and tells Google and the data layer: what a usual site does.
const FIRST_VIEW = 11_900;
const RETURNING = 2_500;

let world;
let site;
before(async () => {
  site = await startSite();
  world = await openWorld({ origins: [site.url] });
});
after(async () => {
  await world?.close();
  await site?.stop();
});

/** Sum of all layout shifts that no input caused. */
const watchShifts = (page) => page.addInitScript(() => {
  window.__shift = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.__shift += entry.value;
  }).observe({ type: 'layout-shift', buffered: true });
});

test(`a first view takes at most ${FIRST_VIEW} bytes from Ouinon, and moves nothing`, async (t) => {
  const page = await visitor(world.browser);
  await watchShifts(page);
  const traffic = await meter(page, world.ouinon.url);
  await page.goto(`${world.shop.url}/fr/`);
  await bannerShown(page);
  await quiet(traffic);
  t.diagnostic(`${traffic.total()} bytes in ${traffic.seen.length} requests: `
    + traffic.seen.map(({ url, bytes }) => `${new URL(url).pathname} ${bytes}`).join(', '));
  assert.ok(traffic.total() <= FIRST_VIEW, `${traffic.total()} bytes`);
  assert.ok(!traffic.seen.some(({ url }) => /\/more\.|\.json$/.test(url)), 'the preferences are not loaded yet');
  assert.equal(await page.evaluate(() => window.__shift), 0);

  await control(page, 'customise').click();
  await control(page, 'save').waitFor();
  const loaded = traffic.seen.map(({ url }) => new URL(url).pathname.replace(/.*\//, ''));
  assert.deepEqual(loaded.filter((name) => /^more\.|^fr\.json$/.test(name)).length, 2, loaded.join(' '));
  await page.context().close();
});

test('the plain tag loads the same, and not twice', async () => {
  const page = await visitor(world.browser);
  const traffic = await meter(page, world.ouinon.url);
  site.pages['/'] = { html: html(`<script async src="${world.ouinon.url}/b/${world.site.id}.js"></script>`) };
  await page.goto(site.url);
  await bannerShown(page);
  await quiet(traffic);
  const asked = traffic.seen.filter(({ url }) => /ask\.js/.test(url));
  assert.equal(asked.length, 1, JSON.stringify(traffic.seen));
  assert.match(asked[0].url, /\/[0-9a-f]{8}\.[0-9a-f]{8}\/ask\.js\?en,fr-FR$/, 'of this notice and build');
  assert.ok(traffic.total() <= FIRST_VIEW, `${traffic.total()} bytes`);
  await page.context().close();
});

test(`a returning visitor makes one request of at most ${RETURNING} bytes`, async (t) => {
  const page = await visitor(world.browser);
  await page.goto(`${world.shop.url}/fr/`);
  await bannerShown(page);
  await control(page, 'accept-all').click();
  await recorded(page, 1);
  await page.waitForTimeout(500);

  // The same browser on another day of the week: cookies kept, nothing cached.
  const again = await page.context().newPage();
  const session = await page.context().newCDPSession(again);
  await session.send('Network.enable');
  await session.send('Network.setCacheDisabled', { cacheDisabled: true });
  await watchShifts(again);
  const traffic = await meter(again, world.ouinon.url);
  await again.goto(`${world.shop.url}/fr/bowl`);
  await again.waitForFunction(() => window.__standins?.analytics);
  await quiet(traffic, 1500);
  t.diagnostic(traffic.seen.map(({ url, bytes }) => `${new URL(url).pathname} ${bytes}`).join(', '));
  assert.equal(traffic.seen.length, 1, JSON.stringify(traffic.seen));
  assert.ok(traffic.total() <= RETURNING, `${traffic.total()} bytes`);
  assert.equal(await again.evaluate(() => window.__shift), 0);
  assert.equal(await again.evaluate(() => performance.getEntriesByType('resource').some(({ name }) => /ask|wasm/.test(name))), false);
  assert.equal(await again.locator('ouinon-banner [data-ouinon="accept-all"]:visible').count(), 0);
  await page.context().close();
});
