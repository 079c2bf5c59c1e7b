// Pictures of every screen for the documents, taken from the running product.
import fs from 'node:fs';
import { randomBytes, randomUUID } from 'node:crypto';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { EMAIL, PASSWORD, openWorld } from '../support/world.mjs';
import { bannerShown, control, inPage, recorded, visitor } from '../support/browser.mjs';
import { DASHBOARD_PAGES, signIn } from '../support/dashboard.mjs';

const folder = path.resolve(import.meta.dirname, '../../docs/screenshots');
const still = { reducedMotion: 'reduce' };

let world;
let someone;
before(async () => {
  fs.mkdirSync(folder, { recursive: true });
  world = await openWorld({ env: { OUINON_RATE_LIMITS: 'off' } });
  for (let n = 0; n < 60; n += 1) someone = await passerBy(n) || someone;
});
after(() => world?.close());

/** One of many visitors, so that the rates have something to show; most say something. */
async function passerBy(n) {
  const { ouinon, site, shop } = world;
  const language = n % 3 ? 'fr' : 'en';
  const post = (rest, body) => fetch(`${ouinon.url}/v1/sites/${site.id}${rest}`, {
    method: 'POST', headers: { origin: shop.url, 'content-type': 'text/plain' }, body: JSON.stringify(body),
  });
  await post('/events', { event: 'shown', notice: site.notice, language });
  const action = ['accept_all', 'reject_all', 'accept_all', 'save', null][n % 5];
  if (!action) return null;
  const yes = { functional: true, analytics: true, advertising: action === 'accept_all', retargeting: action === 'accept_all' };
  const choices = action === 'reject_all' ? Object.fromEntries(Object.keys(yes).map((key) => [key, false])) : yes;
  const answer = await post('/consents', { id: randomUUID(), visitor_secret: randomBytes(16).toString('base64url'),
    notice: site.notice, base_version: 0, action, choices, language, method: 'banner' });
  return action === 'accept_all' ? (await answer.json()).visitor : null;
}

/** A picture is rewritten only when the story is asked to: pixels differ between machines. */
const picture = async (page, name, options = {}) => {
  const file = path.join(folder, `${name}.png`);
  if (process.env.SCREENSHOTS || !fs.existsSync(file)) await page.screenshot({ path: file, ...options });
};

const views = {
  'banner-desktop-en': { at: 'en/', locale: 'en-GB' },
  'banner-desktop-fr': { at: 'fr/' },
  'banner-dark': { at: 'en/', locale: 'en-GB', colorScheme: 'dark' },
  'banner-phone': { at: 'fr/', viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 },
  // Twice the size on the same screen: half the CSS pixels.
  'banner-zoom-200': { at: 'fr/', viewport: { width: 640, height: 430 }, deviceScaleFactor: 2 },
};

for (const [name, { at, ...options }] of Object.entries(views)) {
  test(name, async () => {
    const page = await visitor(world.browser, { ...still, ...options });
    await page.goto(`${world.shop.url}/${at}`);
    await bannerShown(page);
    await page.waitForTimeout(300);
    await picture(page, name);
    await control(page, 'customise').click();
    await control(page, 'save').waitFor();
    await page.waitForTimeout(300);
    await picture(page, name.replace('banner', 'dialog'));
    await page.context().close();
  });
}

test('preferences', async () => {
  const page = await visitor(world.browser, { ...still, locale: 'en-GB' });
  await page.goto(`${world.shop.url}/en/`);
  await bannerShown(page);
  await control(page, 'accept-all').click();
  await recorded(page, 1);
  await page.waitForTimeout(300);
  await picture(page, 'shop-accepted');
  await page.goto(`${world.shop.url}/en/cookies`);
  await inPage(page, 'withdraw').waitFor();
  await picture(page, 'preferences-in-shop', { fullPage: true });
  await page.locator('footer [data-ouinon="page"]').click();
  await page.waitForURL((url) => url.pathname.startsWith('/preferences/'));
  await inPage(page, 'withdraw').waitFor();
  await picture(page, 'preferences-hosted', { fullPage: true });
  await page.context().close();
});

for (const [name, options] of Object.entries({ 'placeholder-desktop': { locale: 'en-GB' }, 'placeholder-dark': { colorScheme: 'dark' } })) {
  test(name, async () => {
    const page = await visitor(world.browser, { ...still, ...options });
    await page.goto(`${world.shop.url}/${options.locale ? 'en' : 'fr'}/workshop`);
    await bannerShown(page);
    await control(page, 'reject-all').click();
    await recorded(page, 1);
    await page.locator('ouinon-placeholder').waitFor();
    await page.mouse.move(0, 0);
    await picture(page, name, { fullPage: true });
    await page.context().close();
  });
}

for (const colorScheme of ['light', 'dark']) {
  test(`dashboard (${colorScheme})`, async () => {
    const page = await visitor(world.browser, { ...still, colorScheme, locale: 'en-GB' });
    await page.goto(`${world.ouinon.url}/dashboard/login`);
    await picture(page, `dashboard-login-${colorScheme}`);
    await signIn(page, world, EMAIL, PASSWORD);
    for (const name of DASHBOARD_PAGES) {
      const question = name === '/check' ? `?visitor=${someone}&purpose=retargeting` : '';
      await page.goto(`${world.ouinon.url}/dashboard/sites/${world.site.id}${name}${question}`);
      await picture(page, `dashboard-${name.slice(1) || 'overview'}-${colorScheme}`, { fullPage: true });
    }
    await page.context().close();
  });
}
