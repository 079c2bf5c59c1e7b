// axe finds nothing on any screen, light and dark.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { EMAIL, PASSWORD, openWorld } from '../support/world.mjs';
import { bannerShown, control, inPage, recorded, visitor } from '../support/browser.mjs';
import { DASHBOARD_PAGES, signIn } from '../support/dashboard.mjs';

const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let world;
before(async () => { world = await openWorld(); });
after(() => world?.close());

/** Runs axe in the page, shadow roots included; gives each violation with its place. */
async function check(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  const found = violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(' ')}`));
  assert.deepEqual(found, []);
}

for (const colorScheme of ['light', 'dark']) {
  test(`banner and dialog (${colorScheme})`, async () => {
    const page = await visitor(world.browser, { colorScheme, reducedMotion: 'reduce' });
    await page.goto(`${world.shop.url}/fr/`);
    await bannerShown(page);
    await check(page);
    await control(page, 'customise').click();
    await control(page, 'save').waitFor();
    await check(page);
    await page.context().close();
  });

  test(`preferences, in the shop and hosted (${colorScheme})`, async () => {
    const page = await visitor(world.browser, { colorScheme, reducedMotion: 'reduce' });
    await page.goto(`${world.shop.url}/fr/`);
    await bannerShown(page);
    await control(page, 'accept-all').click();
    await recorded(page, 1);
    await page.goto(`${world.shop.url}/fr/cookies`);
    await inPage(page, 'withdraw').waitFor();
    await check(page);
    await page.locator('footer [data-ouinon="page"]').click();
    await page.waitForURL((url) => url.pathname.startsWith('/preferences/'));
    await inPage(page, 'withdraw').waitFor();
    await check(page);
    await page.context().close();
  });

  test(`dashboard (${colorScheme})`, async () => {
    const page = await visitor(world.browser, { colorScheme, locale: 'en-GB', reducedMotion: 'reduce', bypassCSP: true });
    await page.goto(`${world.ouinon.url}/dashboard/login`);
    await check(page);
    await signIn(page, world, EMAIL, PASSWORD);
    for (const name of DASHBOARD_PAGES) {
      await page.goto(`${world.ouinon.url}/dashboard/sites/${world.site.id}${name}`);
      await check(page);
    }
    await page.context().close();
  });
}
