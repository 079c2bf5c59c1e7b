// Rule 5: taking back is as easy as giving, from every page, and takes what was left with it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { EVERYWHERE, PAGES, browse, inPlaces, left, nextPage, said, settle, strangers } from '../support/law.mjs';
import { bannerShown, control, inPage, recorded, visitor } from '../support/browser.mjs';
import { html, startSite } from '../support/site.mjs';

let bare;
before(async () => { bare = await startSite(); });
after(() => bare?.stop());

/** Two clicks at most, on the shop's own page one; whatever asks to confirm would be left unanswered. */
async function takeBack(page) {
  if (await page.locator('ouinon-preferences').count()) return inPage(page, 'withdraw').click();
  await page.locator('[data-ouinon="open"]:visible').first().click();
  return control(page, 'withdraw').click();
}

inPlaces(EVERYWHERE, (here) => {
  test(`law 5: on every page one click opens and one takes everything back (${here.name})`, async () => {
    const page = await said(here, 'accept-all');
    page.on('dialog', (dialog) => {
      page.problems.push(`asked to confirm: ${dialog.message()}`);
      return dialog.dismiss();
    });
    let version = 1;
    for (const name of PAGES) {
      await page.goto(`${here.shop.url}/fr/${name}`);
      await page.waitForFunction(() => window.ouinon?.consent);
      await takeBack(page).catch((error) => assert.fail(`/${name}: ${error.message}`));
      await recorded(page, version += 1).catch((error) => assert.fail(`/${name}: ${[...page.problems, error.message]}`));
      const { visitor: id, consent } = await recorded(page, version);
      assert.ok(Object.values(consent.choices).every((choice) => !choice), JSON.stringify(consent));
      const decision = await here.ouinon.decision(here.site, id, 'retargeting');
      assert.deepEqual([decision.allowed, decision.evidence.action], [false, 'withdraw']);
      await page.evaluate(() => window.ouinon.acceptAll());
      await recorded(page, version += 1);
    }
    assert.deepEqual(page.problems, []);
    await page.context().close();
  });

  test(`law 5: what the withdrawn purposes left is removed at once, scripts stop at the next page (${here.name})`, async () => {
    const page = await said(here, 'accept-all');
    const seen = strangers(page, here);
    await browse(page, here);
    await page.goto(`${here.shop.url}/fr/`);
    await page.waitForFunction(() => window.__standins?.retargeting);
    assert.notDeepEqual(await left(page), []);
    await takeBack(page);
    await recorded(page, 2);
    await settle(200);
    assert.deepEqual(await left(page), []);
    await nextPage(page, here, seen);
    await page.goto(`${here.shop.url}/fr/`);
    await settle(2600);
    assert.deepEqual(seen, []);
    assert.equal(await page.evaluate(() => window.__standins), undefined);
    await page.context().close();
  });

  test(`law 5: one purpose taken back takes its own traces and no other's (${here.name})`, async () => {
    const page = await said(here, 'accept-all');
    await page.waitForFunction(() => window.__standins?.retargeting && window.__standins?.analytics);
    await page.locator('footer [data-ouinon="open"]').click();
    await page.locator('ouinon-banner input[data-ouinon-purpose="analytics"]').uncheck({ force: true });
    await control(page, 'save').click();
    await recorded(page, 2);
    const now = await left(page);
    assert.ok(!now.includes('cookie demo_analytics') && now.includes('cookie demo_retargeting'), now.join());
    await page.context().close();
  });
});

const bareSite = { get origins() { return [bare.url]; } };

inPlaces(EVERYWHERE, (here) => {
  test(`law 5: a page that has no control of its own gets one (${here.name})`, async () => {
    bare.pages['/'] = { html: html(here.site.snippet) };
    const page = await visitor(here.browser, { locale: 'en-GB' });
    await page.goto(bare.url);
    await bannerShown(page);
    await control(page, 'accept-all').click();
    await recorded(page, 1);
    await page.reload();
    await page.waitForFunction(() => window.ouinon?.consent);
    await takeBack(page);
    await recorded(page, 2);
    assert.equal(await control(page, 'open').count(), 1, 'the way back to the choice stays');
    await page.context().close();
  });
}, bareSite);
