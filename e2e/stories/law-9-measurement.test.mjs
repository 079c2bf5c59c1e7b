// Rule 9: measuring one's own audience can be exempt, where the site declares it and not by itself.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OPT_IN, asked, inPlaces, left, nothingOfOthers, settle, strangers } from '../support/law.mjs';
import { control, recorded } from '../support/browser.mjs';

const DECLARED = { own_audience_only: true, anonymous_statistics: true, tracker_months: 13, data_months: 25 };

/** The shop's notice with its audience measurement declared exempt. */
const exempt = (declared) => (notice) => {
  const analytics = notice.purposes.find(({ key }) => key === 'analytics');
  Object.assign(analytics, { required: true, legal_basis: 'legitimate-interest', exemption: declared });
};

inPlaces([OPT_IN], (here) => {
  test('law 9: it is off by default: undeclared, measurement waits for a yes', async () => {
    const page = await asked(here);
    const seen = strangers(page, here);
    await nothingOfOthers(page, here, seen);
    assert.equal(await page.evaluate(() => window.ouinon.allowed('analytics')), false);
    await page.context().close();
  });

  test('law 9: declared, measurement alone runs before a choice and after a refusal', async () => {
    const published = await here.ouinon.publish(here.site, exempt(DECLARED));
    const page = await asked(here);
    const seen = strangers(page, here);
    const measuredOnly = async () => {
      await settle(800);
      assert.ok(seen.length > 0 && seen.every((address) => new URL(address).pathname.startsWith('/analytics/')), seen.join());
      assert.deepEqual(await left(page), ['cookie demo_analytics']);
      seen.splice(0);
    };
    await page.reload();
    await measuredOnly();
    await control(page, 'customise').click();
    const purpose = page.locator('ouinon-banner .purposes > li', { hasText: 'Mesure d’audience' });
    assert.match(await purpose.innerText(), /Toujours actif/);
    assert.equal(await purpose.locator('input').count(), 0, 'no switch pretends a choice');
    await page.keyboard.press('Escape');
    await control(page, 'reject-all').click();
    const { visitor: id, consent } = await recorded(page, 1);
    assert.ok(!('analytics' in consent.choices));
    await page.reload();
    seen.splice(0);
    await measuredOnly();
    const decision = await here.ouinon.decision(here.site, id, 'analytics');
    assert.deepEqual([decision.allowed, decision.reason], [true, 'LEGAL_BASIS']);
    const { items: [{ id: record }] } = await here.ouinon.ask(here.site, `/consents?visitor=${id}`);
    const { notice } = await here.ouinon.ask(here.site, `/consents/${record}/proof`);
    assert.deepEqual(notice.purposes.find(({ key }) => key === 'analytics').exemption, DECLARED, `stored in ${published}`);
    await page.context().close();
  });

  test('law 9: what goes beyond the exemption cannot be declared', async () => {
    for (const wrong of [{ tracker_months: 14 }, { data_months: 26 }, { own_audience_only: false }, { anonymous_statistics: false }]) {
      await assert.rejects(here.ouinon.publish(here.site, exempt({ ...DECLARED, ...wrong })), new RegExp(Object.keys(wrong)[0]));
    }
  });
});
