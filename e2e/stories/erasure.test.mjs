// A visitor asks to be forgotten: in the dialog, in the site's own page, on the hosted page.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { openWorld } from '../support/world.mjs';
import { bannerShown, control, inPage, recorded, stored, visitor } from '../support/browser.mjs';

const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let world;
before(async () => { world = await openWorld(); });
after(() => world?.close());

async function accepted(options) {
  const page = await visitor(world.browser, options);
  await page.goto(`${world.shop.url}/fr/`);
  await bannerShown(page);
  await control(page, 'accept-all').click();
  const { visitor: id } = await recorded(page, 1);
  await page.waitForFunction(() => window.__standins?.retargeting);
  return { page, id };
}

/** The shop may ask nothing more of the stand-ins. */
async function scriptsStopped(page) {
  await page.waitForFunction(() => !window.__standins?.retargeting && !window.__standins?.analytics);
  await page.waitForTimeout(800);
  const before = await world.shop.counts();
  await page.waitForTimeout(2600);
  assert.deepEqual(await world.shop.counts(), before);
}

const reason = async (id) => (await world.ouinon.decision(world.site, id, 'retargeting')).reason;

/** Nothing of the visitor is left in the browser. */
async function nothingStored(page) {
  const { cookies, local } = await stored(page);
  assert.deepEqual([cookies, local.filter((name) => name.startsWith('ouinon'))], [[], []]);
}

test('by keyboard in the dialog, and a stranger afterwards', async () => {
  const { page, id } = await accepted();
  await page.locator('footer [data-ouinon="open"]').click();
  const summary = page.locator('ouinon-banner .erase summary');
  await summary.waitFor();
  // The state that is read when the dialog opens is there once the receipt can be saved.
  await control(page, 'receipt').waitFor();
  assert.equal(await control(page, 'erase').count(), 0, 'a step before the button');
  await summary.focus();
  await page.keyboard.press('Enter');
  await control(page, 'erase').waitFor();
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  assert.deepEqual(violations.map(({ id: rule }) => rule), []);
  // axe takes the focus away.
  await summary.focus();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  const said = page.locator('ouinon-banner .record[role=status]');
  await said.getByText('C’est effacé.').waitFor();
  const focused = await page.evaluate(() => document.querySelector('ouinon-banner').shadowRoot.activeElement.className);
  assert.equal(focused, 'record', 'the keyboard is where the answer is');
  assert.equal(await summary.count(), 0, 'nothing is left to erase');
  assert.equal(await reason(id), 'ERASED');
  await nothingStored(page);
  await scriptsStopped(page);
  assert.deepEqual(await page.evaluate(() => [window.ouinon.visitor, window.ouinon.consent, window.ouinon.allowed('analytics')]),
    [null, null, false]);

  await page.reload();
  await bannerShown(page);
  await control(page, 'reject-all').click();
  const again = await recorded(page, 1);
  assert.notEqual(again.visitor, id);
  assert.equal(await reason(id), 'ERASED');
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

test('what the server did not hear is not said to be done', async () => {
  const { page, id } = await accepted();
  await page.goto(`${world.shop.url}/fr/cookies`);
  await inPage(page, 'receipt').waitFor();
  await page.route('**/v1/sites/*/consent', (route) =>
    (route.request().method() === 'DELETE' ? route.abort() : route.continue()));
  const summary = page.locator('ouinon-preferences .erase summary');
  await summary.click();
  await inPage(page, 'erase').click();
  await page.locator('ouinon-preferences .record').getByText('Rien n’a été effacé').waitFor();
  assert.equal(await reason(id), 'GRANTED');
  assert.equal(await page.evaluate(() => window.ouinon.visitor), id, 'the choice holds');
  await page.unroute('**/v1/sites/*/consent');
  await summary.click();
  await inPage(page, 'erase').click();
  await page.locator('ouinon-preferences .record').getByText('C’est effacé.').waitFor();
  assert.equal(await page.getByText('Rien n’a été effacé').count(), 0);
  assert.equal(await reason(id), 'ERASED');
  await nothingStored(page);
  await page.context().close();
});

test('on the hosted page, and the site knows on return', async () => {
  const { page, id } = await accepted();
  await page.locator('footer [data-ouinon="page"]').click();
  await page.waitForURL((url) => url.pathname === `/preferences/${world.site.id}`);
  await inPage(page, 'receipt').waitFor();
  await page.locator('ouinon-preferences .erase summary').click();
  await inPage(page, 'erase').click();
  await page.locator('ouinon-preferences .record').getByText('C’est effacé.').waitFor();
  assert.equal(await inPage(page, 'accept-all').count(), 0, 'nobody is left to choose for');
  assert.deepEqual(await page.evaluate(() => [Object.keys(sessionStorage), history.state]), [[], null]);
  assert.equal(await reason(id), 'ERASED');
  await page.goto(`${world.shop.url}/fr/`);
  await bannerShown(page);
  assert.equal(await page.evaluate(() => window.ouinon.allowed('retargeting')), false);
  await nothingStored(page);
  await scriptsStopped(page);
  assert.deepEqual(page.problems, []);
  await page.context().close();
});
