// Regimes: what the banner asks, lets run and shows depends on the place, and on what the browser says by itself.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NOTICE, OPT_IN, OPT_OUT, asked, freshPage, inPlaces, isAsked, left, nextPage, nothingOfOthers, said, settle, strangers }
  from '../support/law.mjs';
import { control, recorded, sendGpc, visitor } from '../support/browser.mjs';

const AMERICA = ['America, region unknown', 'US', 'opt-out'];
const UNSURE = ['Afghanistan, law unsure', 'AF', 'opt-in'];
const TEXAS = ['Texas', 'US-TX', 'opt-out'];
const VIRGINIA = ['Virginia, no Global Privacy Control', 'US-VA', 'opt-out'];

/** What the loader knows of the place. */
const place = async ({ ouinon, site }) => (await (await fetch(`${ouinon.url}/v1/sites/${site.id}/place`)).json()).regime;

/** A page of the shop where nobody is asked, Ouinon being ready. */
async function visited(here, options) {
  const page = await visitor(here.browser, { locale: 'en-GB', ...options });
  await page.goto(`${here.shop.url}/en/`);
  await page.evaluate(() => window.ouinon.ready);
  return page;
}

inPlaces([OPT_OUT, NOTICE, AMERICA], (here) => {
  test(`law regimes: what may run without being asked runs, and the first layer says so (${here.name})`, async () => {
    assert.equal((await place(here)).model, here.model);
    const page = await asked(here, 'en/');
    await page.waitForFunction(() => window.__standins?.retargeting);
    assert.match(await page.locator('ouinon-banner .banner').innerText(), /We use cookies .* You can refuse them/);
    await page.context().close();
  });
});

inPlaces([UNSURE], (here) => {
  test('law regimes: where the law is not known well, visitors are asked first', async () => {
    assert.equal((await place(here)).model, 'opt-in');
    const page = await visitor(here.browser);
    await nothingOfOthers(page, here, strangers(page, here));
    await page.context().close();
  });
});

inPlaces([OPT_OUT, AMERICA, TEXAS], (here) => {
  test(`law regimes: Global Privacy Control is an opt-out, recorded as one and not asked about (${here.name})`, async () => {
    const page = await visitor(here.browser, { gpc: true });
    const seen = strangers(page, here);
    await page.goto(`${here.shop.url}/fr/`);
    const { visitor: id } = await recorded(page, 1);
    const { items: [record] } = await here.ouinon.ask(here.site, `/consents?visitor=${id}`);
    assert.deepEqual([record.action, record.method, record.gpc], ['reject_all', 'gpc', true]);
    const decision = await here.ouinon.decision(here.site, id, 'retargeting');
    assert.deepEqual([decision.allowed, decision.reason], [false, 'GPC_OPT_OUT']);
    assert.equal(await isAsked(page), false);
    const next = await freshPage(page, `${here.shop.url}/fr/bowl`);
    assert.equal(await isAsked(next), false, 'nor on the next page');
    await nothingOfOthers(page, here, seen);
    await page.context().close();
  });

  test(`law regimes: the page shows that the signal was honoured (${here.name})`, async () => {
    const page = await visited(here, { gpc: true });
    const status = page.locator('ouinon-banner').getByRole('status');
    await status.waitFor();
    assert.match(await status.innerText(), /Global Privacy Control.*honour/);
    await status.getByRole('button', { name: 'Close' }).click();
    await recorded(page, 1);
    await page.reload();
    await page.evaluate(() => window.ouinon.ready);
    await page.locator('footer [data-ouinon="open"]').click();
    assert.match(await page.locator('ouinon-banner .record').innerText(), /Global Privacy Control.*honour/);
    assert.equal(await page.locator('ouinon-banner dialog input:checked').count(), 0);
    await page.context().close();
  });

  test(`law regimes: a later explicit yes counts, beside the signal (${here.name})`, async () => {
    const page = await visited(here, { gpc: true });
    await recorded(page, 1);
    await page.locator('footer [data-ouinon="open"]').click();
    await control(page, 'accept-all').click();
    const { visitor: id } = await recorded(page, 2);
    await page.reload();
    await page.waitForFunction(() => window.ouinon.allowed('retargeting'));
    const { items } = await here.ouinon.ask(here.site, `/consents?visitor=${id}`);
    const yes = items.find(({ action }) => action === 'accept_all');
    assert.equal(yes.gpc, true, 'the conflict is on record');
    await page.context().close();
  });
});

inPlaces([OPT_OUT], (here) => {
  test('law regimes: a signal switched on after a yes takes it back, before anything runs, and once', async () => {
    const page = await said(here, 'accept-all', 'en/');
    await sendGpc(page.context());
    const seen = strangers(page, here);
    const next = await freshPage(page, `${here.shop.url}/en/bowl`);
    const { visitor: id } = await recorded(next, 2);
    assert.equal(await next.evaluate(() => window.ouinon.allowed('retargeting')), false);
    assert.deepEqual(seen, [], 'nothing of others was asked for on the way');
    const { items } = await here.ouinon.ask(here.site, `/consents?visitor=${id}`);
    assert.deepEqual(items.map(({ action, method }) => `${action} ${method}`).sort(), ['accept_all banner', 'reject_all gpc']);
    await next.locator('ouinon-banner').getByRole('status').waitFor();
    // A yes said in full sight of the signal is a yes.
    await next.evaluate(() => window.ouinon.acceptAll());
    await recorded(next, 3);
    const last = await freshPage(page, `${here.shop.url}/en/`);
    await settle();
    assert.equal(await last.evaluate(() => window.ouinon.allowed('retargeting')), true);
    await page.context().close();
  });

  test('law regimes: the way back is named as the law names it, and the preferences say what refusing means', async () => {
    const page = await said(here, 'accept-all', 'en/');
    await page.evaluate(() => document.querySelectorAll('footer [data-ouinon]').forEach((link) => link.remove()));
    const back = page.locator('ouinon-banner').getByRole('button', { name: 'Your privacy choices' });
    await back.waitFor();
    await page.goto(`${here.shop.url}/en/bowl`);
    await page.evaluate(() => document.querySelectorAll('footer [data-ouinon]').forEach((link) => link.remove()));
    await back.waitFor();
    await back.click();
    const words = await page.locator('ouinon-banner dialog').innerText();
    assert.match(words, /do not sell or share my personal information, and limit the use of my sensitive personal information/);
    await page.context().close();
  });
});

inPlaces([OPT_IN, NOTICE], (here) => {
  test(`law regimes: where the law is another, so are the words (${here.name})`, async () => {
    const page = await asked(here, 'en/');
    await control(page, 'customise').click();
    await control(page, 'save').waitFor();
    assert.doesNotMatch(await page.locator('ouinon-banner dialog').innerText(), /sell or share/);
    await page.context().close();
  });
});

inPlaces([OPT_IN], (here) => {
  test('law regimes: in an opt-in place the signal takes no later yes back, is shown and recorded', async () => {
    const page = await asked(here, 'en/', { gpc: true, locale: 'en-GB' });
    await control(page, 'accept-all').click();
    const { visitor: id } = await recorded(page, 1);
    await page.reload();
    await page.waitForFunction(() => window.ouinon.allowed('retargeting'));
    assert.equal((await here.ouinon.decision(here.site, id, 'retargeting')).allowed, true);
    const { items: [record] } = await here.ouinon.ask(here.site, `/consents?visitor=${id}`);
    assert.deepEqual([record.method, record.gpc], ['banner', true]);
    await page.locator('footer [data-ouinon="open"]').click();
    const words = await page.locator('ouinon-banner .record').innerText();
    assert.match(words, /Global Privacy Control/);
    assert.doesNotMatch(words, /honour/);
    await page.context().close();
  });

  test('law regimes: the server says that it acts upon Global Privacy Control', async () => {
    const answer = await fetch(`${here.ouinon.url}/.well-known/gpc.json`);
    const { gpc, lastUpdate } = await answer.json();
    assert.equal(gpc, true);
    assert.ok(!Number.isNaN(Date.parse(lastUpdate)));
  });
});

inPlaces([VIRGINIA, NOTICE], (here) => {
  test(`law regimes: where no law gives the signal that meaning, visitors are asked as others are (${here.name})`, async () => {
    const page = await asked(here, 'en/', { gpc: true });
    await page.waitForFunction(() => window.__standins?.retargeting);
    assert.equal(await page.evaluate(() => window.ouinon.consent), null);
    await page.context().close();
  });
});

test('law regimes: nobody younger than the age of consent of the place is asked', { todo: 'a site cannot say how old a visitor is' });

inPlaces([OPT_OUT], (here) => {
  test('law regimes: there is a second way to opt out beside the banner', async () => {
    const page = await asked(here, 'en/');
    await page.waitForFunction(() => window.__standins?.retargeting);
    const seen = strangers(page, here);
    await page.locator('footer [data-ouinon="open"]').click();
    await page.locator('ouinon-banner dialog [data-ouinon="reject-all"]').click();
    const { visitor: id } = await recorded(page, 1);
    const { items: [record] } = await here.ouinon.ask(here.site, `/consents?visitor=${id}`);
    assert.deepEqual([record.action, record.method], ['reject_all', 'preferences']);
    assert.equal(await isAsked(page), false);
    await settle();
    assert.deepEqual(await left(page), []);
    await nextPage(page, here, seen);
    await nothingOfOthers(page, here, seen);
    await page.context().close();
  });

  test('law regimes: nobody who opted out is asked again for 12 months, in part or in full', async () => {
    const page = await said(here, 'accept-all', 'en/');
    await page.locator('footer [data-ouinon="open"]').click();
    await page.locator('ouinon-banner input[data-ouinon-purpose="retargeting"]').uncheck({ force: true });
    await control(page, 'save').click();
    const { consent } = await recorded(page, 2);
    assert.equal(Math.round((Date.parse(consent.expires_at) - Date.parse(consent.given_at)) / 86_400_000), 365);
    const later = await page.context().newPage();
    await later.clock.setFixedTime(Date.now() + 364 * 86_400_000);
    await later.goto(`${here.shop.url}/en/`);
    assert.equal(await isAsked(later), false);
    await page.context().close();
  });
});
