// A choice made without a network counts at once, is kept, and reaches the server later.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openWorld } from '../support/world.mjs';
import { bannerShown, control, recorded, visitor } from '../support/browser.mjs';

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
