// Rule 7: from a record alone, what its visitor was shown can be put together again: words, language, order, look.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { EVERYWHERE, asked, inPlaces, said } from '../support/law.mjs';
import { control, recorded } from '../support/browser.mjs';
import { canonical } from '../verifier/canonical.mjs';

const THEME = { surface: '#fff8f0', ink: '#201018', accent: '#7a1fa2' };

/** What stands on the screen: texts in their order, and the colours that carry them. */
const shown = (page) => page.evaluate(() => {
  const banner = document.querySelector('ouinon-banner').shadowRoot.querySelector('.banner');
  const hex = (colour) => '#' + colour.match(/\d+/g).slice(0, 3).map((part) => Number(part).toString(16).padStart(2, '0')).join('');
  const style = (element) => getComputedStyle(element);
  const texts = [...banner.querySelectorAll('h2, p, button')].map((element) => [...element.childNodes]
    .filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.data.trim()).join(''));
  return {
    language: banner.getRootNode().host.lang,
    texts: texts.filter(Boolean),
    look: {
      surface: hex(style(banner).backgroundColor),
      ink: hex(style(banner.querySelector('.half')).backgroundColor),
      accent: hex(style(banner.querySelector('.link')).color),
    },
  };
});

/** The same from what is kept, without a browser. */
function reproduced({ record, notice }) {
  const { language, regime } = record.personal;
  const own = notice.texts[language];
  const text = (key) => own[`${key}_${regime.model}`] ?? own[key];
  const titles = notice.purposes.filter(({ required }) => !required).map(({ title }) => title[language]);
  const values = { controller: notice.controller.name, purposes: titles.join(', '), count: notice.vendors.length };
  const keys = ['banner_title', 'banner_body', 'banner_scope', 'banner_partners', 'reject_all', 'accept_all', 'customise'];
  const filled = keys.map((key) => text(key).replace(/{(\w+)}/g, (_, name) => values[name]).trim());
  return { language, texts: filled, look: notice.theme };
}

inPlaces(EVERYWHERE, (here) => {
  for (const language of ['fr', 'en']) {
    test(`law 7: the record gives back what was shown, also after the notice changed (${here.name}, ${language})`, async () => {
      const { ouinon, site } = here;
      const published = await ouinon.publish(site, (notice) => {
        notice.theme = THEME;
        // As a site words it, and not what any version would say by itself.
        notice.texts = { [language]: { banner_title: `Galet, ${language}` } };
        notice.purposes.reverse();
      });
      const page = await asked(here, `${language}/`);
      const seen = await shown(page);
      assert.equal(seen.texts[0], `Galet, ${language}`);
      await control(page, 'accept-all').click();
      const { visitor: id, consent } = await recorded(page, 1);
      await ouinon.publish(site);
      const { items: [{ id: record }] } = await ouinon.ask(site, `/consents?visitor=${id}`);
      const bundle = await ouinon.ask(site, `/consents/${record}/proof`);
      assert.deepEqual(reproduced(bundle), seen);
      assert.deepEqual([bundle.record.notice, bundle.record.version], [published, consent.version]);
      const hash = createHash('sha256').update(canonical(bundle.notice)).digest('hex');
      assert.equal(`sha256:${hash}`, published, 'the notice proves itself');
      const words = await (await fetch(`${ouinon.url}/notices/${published}?words=${language}`)).text();
      assert.ok(words.includes(`Galet, ${language}`), 'and anyone can read it');
      await page.context().close();
    });
  }

  test(`law 7: the record names the files that drew it (${here.name})`, { todo: 'no field does; the notice has words, order and theme, not the style sheet' }, async () => {
    const page = await said(here, 'accept-all', 'en/');
    const { visitor: id } = await recorded(page, 1);
    const { items: [record] } = await here.ouinon.ask(here.site, `/consents?visitor=${id}`);
    await page.context().close();
    assert.ok(record.widget);
  });

  test(`law 7: a choice of one purpose is kept as it was made (${here.name})`, async () => {
    const page = await asked(here, 'en/');
    await control(page, 'customise').click();
    for (const purpose of ['functional', 'advertising', 'retargeting']) {
      await page.locator(`ouinon-banner input[data-ouinon-purpose="${purpose}"]`).setChecked(false, { force: true });
    }
    await page.locator('ouinon-banner input[data-ouinon-purpose="analytics"]').setChecked(true, { force: true });
    await control(page, 'save').click();
    const { visitor: id, consent } = await recorded(page, 1);
    assert.deepEqual(consent.choices, { functional: false, analytics: true, advertising: false, retargeting: false });
    const answers = await Promise.all(['analytics', 'advertising'].map(async (purpose) =>
      (await here.ouinon.decision(here.site, id, purpose)).allowed));
    assert.deepEqual(answers, [true, false]);
    await page.context().close();
  });

  test(`law 7: a switch moved while the state is read is kept too (${here.name})`, async () => {
    const page = await said(here, 'accept-all', 'en/');
    let move;
    const moved = new Promise((resolve) => { move = resolve; });
    await page.route('**/consent', async (route) => {
      await moved;
      await route.continue();
    });
    const read = page.waitForResponse((response) => response.url().endsWith('/consent'));
    await page.locator('footer [data-ouinon="open"]').click();
    await page.locator('ouinon-banner input[data-ouinon-purpose="analytics"]').uncheck({ force: true });
    move();
    await read;
    await control(page, 'receipt').waitFor();
    await control(page, 'save').click();
    const { consent } = await recorded(page, 2);
    assert.deepEqual(consent.choices, { functional: true, analytics: false, advertising: true, retargeting: true });
    await page.context().close();
  });
});
