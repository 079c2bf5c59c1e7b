// Rule 6: a yes and a no are kept alike, and asked again only where there is something new to ask.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EVERYWHERE, PAGES, freshPage, inPlaces, isAsked, said } from '../support/law.mjs';
import { recorded } from '../support/browser.mjs';

const DAY = 86_400_000;
const ANSWERS = ['accept-all', 'reject-all'];

/** Days from the record's time to its end. */
const days = ({ given_at, expires_at }) => Math.round((Date.parse(expires_at) - Date.parse(given_at)) / DAY);

/** How long an answer holds: an opt-out binds for a year where the law is one of opting out. */
const kept = (here, answer) => (here.model === 'opt-out' && answer === 'reject-all' ? 365 : 180);

/** Whether the visitor is asked when it comes again after so many days. */
async function askedAfter(page, here, count) {
  const later = await page.context().newPage();
  await later.clock.setFixedTime(Date.now() + count * DAY);
  await later.goto(`${here.shop.url}/fr/`);
  const answer = await isAsked(later);
  await later.close();
  return answer;
}

inPlaces(EVERYWHERE, (here) => {
  for (const answer of ANSWERS) {
    test(`law 6: ${answer} is kept, by record and cookie, and not asked again before (${here.name})`, async () => {
      const page = await said(here, answer);
      const { consent, visitor: id } = await recorded(page, 1);
      const { items: [record] } = await here.ouinon.ask(here.site, `/consents?visitor=${id}`);
      assert.equal(days(record), kept(here, answer));
      assert.equal(days(consent), kept(here, answer));
      for (const { name, expires } of await page.context().cookies(here.shop.url)) {
        if (name.startsWith('ouinon')) assert.ok(Math.abs(expires * 1000 - Date.parse(record.expires_at)) < 1000, name);
      }
      for (const name of PAGES) {
        await page.goto(`${here.shop.url}/fr/${name}`);
        assert.equal(await isAsked(page), false, name);
      }
      assert.equal(await askedAfter(page, here, kept(here, answer) - 1), false, 'the day before');
      assert.equal(await askedAfter(page, here, kept(here, answer) + 1), true, 'the day after');
      await page.context().close();
    });
  }

  test(`law 6: a changed notice asks again only where purposes or vendors grew (${here.name})`, async () => {
    const pages = Object.fromEntries(await Promise.all(ANSWERS.map(async (answer) => [answer, await said(here, answer)])));
    const again = async (answer, news) => {
      const next = await freshPage(pages[answer], `${here.shop.url}/fr/`);
      const shown = await isAsked(next);
      if (shown) assert.match(await next.locator('ouinon-banner .banner').innerText(), news, 'what is new is said');
      const [analytics, advertising] = await next.evaluate(() => ['analytics', 'advertising'].map((key) => window.ouinon.allowed(key)));
      await next.close();
      return { shown, analytics, advertising };
    };
    const [yes, no] = [{ shown: false, analytics: true, advertising: true }, { shown: false, analytics: false, advertising: false }];

    const words = (notice) => {
      notice.purposes[2].description.fr = 'En d’autres mots.';
      notice.texts = { fr: { banner_title: 'Votre choix' } };
      notice.theme = { accent: '#7a1fa2' };
    };
    await here.ouinon.publish(here.site, words);
    assert.deepEqual(await again('accept-all'), yes, 'other words and colours');
    assert.deepEqual(await again('reject-all'), no, 'other words and colours');

    const vendor = (notice) => {
      notice.vendors.push({ ...notice.vendors[0], key: 'deuxieme', name: 'Deuxième' });
    };
    await here.ouinon.publish(here.site, vendor);
    assert.deepEqual(await again('accept-all', /Nouveau depuis votre dernier choix : Mesure d.audience\./), { ...yes, shown: true, analytics: false }, 'a vendor more: the rest holds');
    assert.deepEqual(await again('reject-all'), no, 'a vendor more: a no covers it');

    await here.ouinon.publish(here.site, (notice) => {
      const { key } = notice.vendors.pop();
      notice.cookies = notice.cookies.filter(({ vendor }) => vendor !== key);
    });
    assert.equal((await again('accept-all')).shown, false, 'a vendor less');

    await here.ouinon.publish(here.site, (notice) => {
      notice.purposes.push({ ...notice.purposes[4], key: 'research', title: { fr: 'Études', en: 'Research' } });
    });
    assert.deepEqual(await again('accept-all', /dernier choix : Études\./), { ...yes, shown: true }, 'a purpose more');
    assert.deepEqual(await again('reject-all', /dernier choix : Études\./), { ...no, shown: true }, 'a purpose more');
    await here.ouinon.publish(here.site);
    for (const page of Object.values(pages)) await page.context().close();
  });
});
