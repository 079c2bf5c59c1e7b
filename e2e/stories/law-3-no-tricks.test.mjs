// Rule 3: nothing is ticked beforehand, nothing but an answer is an answer, and no interest hides on the second layer.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EVERYWHERE, OPT_IN, asked, inPlaces, isAsked, strangers, traces } from '../support/law.mjs';
import { bannerShown, control, recorded } from '../support/browser.mjs';

/** Every switch of the dialog, as [name, checked], once it is open. */
async function switches(page) {
  await control(page, 'customise').click();
  await control(page, 'save').waitFor();
  const found = await page.locator('ouinon-banner input[type="checkbox"]').evaluateAll((inputs) =>
    inputs.map((input) => [input.dataset.ouinonPurpose ?? `vendor ${input.dataset.ouinonVendor}`, input.checked]));
  return Object.fromEntries(found);
}

inPlaces([OPT_IN], (here) => {
  test('law 3: no purpose and no partner is ticked beforehand', async () => {
    const page = await asked(here, 'en/');
    const found = await switches(page);
    assert.deepEqual(Object.keys(found).filter((name) => !name.startsWith('vendor')).sort(),
      ['advertising', 'analytics', 'functional', 'retargeting']);
    assert.ok(Object.values(found).every((checked) => !checked), JSON.stringify(found));
    await page.context().close();
  });

  test('law 3: a legitimate interest is asked about on the first layer like all else', async () => {
    await here.ouinon.publish(here.site, (notice) => {
      notice.purposes.find(({ key }) => key === 'analytics').legal_basis = 'legitimate-interest';
    });
    const page = await asked(here, 'en/');
    const seen = strangers(page, here);
    assert.match(await page.locator('ouinon-banner .banner').innerText(), /Audience measurement/);
    assert.equal((await switches(page)).analytics, false);
    await page.keyboard.press('Escape');
    await control(page, 'reject-all').click();
    const { visitor: id, consent } = await recorded(page, 1);
    assert.equal(consent.choices.analytics, false, 'refused with all else, by the same click');
    assert.equal((await here.ouinon.decision(here.site, id, 'analytics')).allowed, false);
    assert.deepEqual(seen, []);
    await here.ouinon.publish(here.site);
    await page.context().close();
  });
});

const GOING_ON = {
  'closing the preferences by Escape': async (page) => {
    await switches(page);
    await page.keyboard.press('Escape');
  },
  'closing them by their cross': async (page) => {
    await switches(page);
    await control(page, 'close').click();
  },
  scrolling: (page) => page.mouse.wheel(0, 2000),
  'clicking in the page': (page) => page.locator('main h1').click(),
  'Escape on the first layer': (page) => page.keyboard.press('Escape'),
  'going on to another page': async (page) => {
    await page.locator('header nav a').nth(1).click();
    await page.waitForURL('**/workshop');
    await bannerShown(page);
  },
};

inPlaces(EVERYWHERE, (here) => {
  test(`law 3: closing, scrolling or going on is no answer (${here.name})`, async () => {
    const page = await asked(here, 'en/');
    const posts = [];
    page.context().on('request', (request) => {
      if (request.url().endsWith('/consents')) posts.push(request.url());
    });
    for (const [what, go] of Object.entries(GOING_ON)) {
      await go(page);
      assert.ok(await isAsked(page), `${what}: still asked`);
      assert.deepEqual(posts, [], what);
      assert.deepEqual((await traces(page)).filter((line) => line.includes('ouinon')), [], what);
      assert.equal(await page.evaluate(() => window.ouinon.consent), null, what);
      if (here.model === 'opt-in') assert.equal(await page.evaluate(() => window.ouinon.allowed('analytics')), false, what);
    }
    await page.context().close();
  });
});
