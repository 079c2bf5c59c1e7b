// axe finds nothing on any page, light and dark; for the banner see law 8.
import { after, before, test } from 'node:test';
import { check } from '../support/axe.mjs';
import { EMAIL, PASSWORD, openWorld } from '../support/world.mjs';
import { bannerShown, control, inPage, recorded, visitor } from '../support/browser.mjs';
import { DASHBOARD_PAGES, signIn } from '../support/dashboard.mjs';

let world;
before(async () => { world = await openWorld(); });
after(() => world?.close());

for (const colorScheme of ['light', 'dark']) {
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
