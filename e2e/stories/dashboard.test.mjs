// A marketer signs in, sees the rates, asks about one visitor and finds the record.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { EMAIL, PASSWORD, openWorld } from '../support/world.mjs';
import { until } from '../support/process.mjs';
import { bannerShown, control, recorded, visitor } from '../support/browser.mjs';
import { signIn } from '../support/dashboard.mjs';

let world;
let yes;
before(async () => {
  world = await openWorld();
  for (const choice of ['accept-all', 'accept-all', 'reject-all']) {
    const page = await visitor(world.browser);
    await page.goto(`${world.shop.url}/fr/`);
    await bannerShown(page);
    await control(page, choice).click();
    const person = await recorded(page, 1);
    if (choice === 'accept-all') yes = person.visitor;
    await page.context().close();
  }
});
after(() => world?.close());

const under = (rest) => `${world.ouinon.url}/dashboard/sites/${world.site.id}${rest}`;

test('a stranger is sent to sign in, a wrong password stays there', async () => {
  const page = await visitor(world.browser, { locale: 'en-GB' });
  await page.goto(under(''));
  assert.equal(new URL(page.url()).pathname, '/dashboard/login');
  await page.locator('input[name="email"]').fill(EMAIL);
  await page.locator('input[name="password"]').fill('not this one at all');
  await page.locator('input[name="password"]').press('Enter');
  await page.waitForLoadState();
  assert.equal(new URL(page.url()).pathname, '/dashboard/login');
  await page.context().close();
});

test('overview, question, record', async () => {
  const page = await visitor(world.browser, { locale: 'en-GB' });
  await signIn(page, world, EMAIL, PASSWORD);
  await until('the rates', async () => {
    await page.goto(under(''));
    return /66[.,]7|67\s?%/.test(await page.locator('main').innerText());
  }, 15);
  await page.goto(under('/check'));
  await page.locator('input[name="visitor"]').fill(yes);
  await page.locator('select[name="purpose"]').selectOption('retargeting');
  await page.locator('main form button').first().click();
  await page.waitForLoadState();
  const answer = await page.locator('main').innerText();
  assert.match(answer, /Yes/);
  assert.match(answer, /GRANTED/);
  await page.goto(under('/records'));
  assert.equal(await page.locator('main table tbody tr').count(), 3);
  await page.goto(under('/install'));
  assert.ok((await page.locator('main').innerText()).includes(`/b/${world.site.id}.js`));
  await page.context().close();
});
