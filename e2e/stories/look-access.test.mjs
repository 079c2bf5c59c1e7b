// Every layout for everybody: axe is sure of it, by keyboard and at 400 % alike, in three languages, light and dark.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { check } from '../support/axe.mjs';
import { LANGUAGES, LOOKS, openLooks } from '../support/looks.mjs';
import { control } from '../support/browser.mjs';

let here;
before(async () => { here = await openLooks(); });
after(() => here?.close());

const banner = (page) => page.locator('ouinon-banner .banner');
/** What the focus is on, inside our shadow root or in the page. */
const focused = (page) => page.evaluate(() => {
  const inner = document.activeElement?.shadowRoot?.activeElement;
  return inner ? inner.dataset.ouinon || inner.className : document.activeElement?.localName;
});
const open = async (page) => {
  await control(page, 'customise').click();
  await control(page, 'save').waitFor();
};

for (const [name, look] of Object.entries(LOOKS)) {
  describe(`look: ${name}`, () => {
    before(() => here.wear(look));

    for (const colorScheme of ['light', 'dark']) {
      for (const language of LANGUAGES) {
        test(`axe finds nothing and doubts nothing (${name}, ${colorScheme}, ${language})`, async () => {
          const page = await here.arrive(language, { colorScheme });
          await check(page, { within: 'ouinon-banner', sure: true });
          await check(page);
          await open(page);
          // What is scrolled away can only be doubted.
          await page.setViewportSize({ width: 1280, height: 2000 });
          await check(page, { within: 'ouinon-banner', sure: true });
          await page.context().close();
        });
      }
    }

    test(`by keyboard: refused, chosen, and out again (${name})`, async () => {
      const page = await here.arrive('en');
      const modal = await banner(page).evaluate((element) => element.matches('dialog:modal'));
      assert.equal(modal, name === 'modal');
      assert.equal(await focused(page), modal ? 'banner' : 'body', 'only a modal takes the focus');
      const seen = [];
      for (let press = 0; press < 6; press += 1) {
        await page.keyboard.press('Tab');
        seen.push(await focused(page));
      }
      assert.deepEqual(seen.slice(0, 4), ['partners', 'reject-all', 'accept-all', 'customise']);
      assert.equal(seen.slice(4).some((at) => at === 'a'), !modal, `${seen}: only a modal keeps the focus`);
      await control(page, 'customise').focus();
      await page.keyboard.press('Enter');
      await control(page, 'save').waitFor();
      for (let press = 0; press < 30; press += 1) {
        await page.keyboard.press('Tab');
        assert.notEqual(await focused(page), 'a', 'the preferences keep the focus');
      }
      await page.keyboard.press('Escape');
      assert.equal(await focused(page), 'customise', 'and give it back');
      await control(page, 'reject-all').focus();
      await page.keyboard.press('Enter');
      await page.waitForFunction(() => window.ouinon.consent);
      assert.equal(await page.evaluate(() => Object.values(window.ouinon.consent.choices).some(Boolean)), false);
      await page.keyboard.press('Tab');
      assert.ok(['a', 'open'].includes(await focused(page)), 'the keyboard goes on in the page');
      await page.context().close();
    });

    test(`what has the focus is never under the banner (${name})`, async () => {
      if (name === 'modal') return;
      const page = await here.arrive('en');
      await page.locator('a').first().focus();
      for (let at = 0; at < 60; at += 1) {
        const { covered, text } = await page.evaluate(() => {
          const link = document.activeElement;
          const { left, top, width, height } = link.getBoundingClientRect();
          // At either end of the page there is nothing left to scroll.
          const end = scrollY < 1 || scrollY + innerHeight > document.documentElement.scrollHeight - 1;
          return { covered: !end && document.elementFromPoint(left + width / 2, top + height / 2) !== link, text: link.textContent };
        });
        assert.equal(covered, false, text);
        await page.keyboard.press('Tab');
      }
      await control(page, 'reject-all').click();
      await page.waitForFunction(() => getComputedStyle(document.documentElement).scrollPaddingBottom === 'auto');
      await page.context().close();
    });

    test(`at 400 % everything can be reached and read, with no scrolling sideways (${name})`, async () => {
      for (const language of LANGUAGES) {
        const page = await here.arrive(language, { viewport: { width: 320, height: 256 } });
        for (const layer of ['banner', 'sheet']) {
          if (layer === 'sheet') await open(page);
          const wide = await page.locator(`ouinon-banner .${layer}`).evaluate((part) =>
            [part, ...part.querySelectorAll('*')].filter((one) => one.scrollWidth > one.clientWidth + 1
              && getComputedStyle(one).display !== 'inline').map((one) => one.className || one.localName));
          assert.deepEqual(wide, [], `${language} ${layer}: nothing is cut off or scrolls sideways`);
          for (const button of await page.locator(`ouinon-banner .${layer} :is(.half, .quiet, .cross):visible`).all()) {
            await button.focus();
            const { x, y, width, height } = await button.boundingBox();
            assert.ok(x >= 0 && x + width <= 320 && y >= 0 && y + height <= 256, `${language} ${layer}: ${[x, y, width, height]}`);
            assert.ok(width >= 44 && height >= 44, `${language} ${layer}: ${width} × ${height}`);
          }
        }
        await page.context().close();
      }
    });

    test(`refuse and accept look the same, and have names, in forced colours too (${name})`, async () => {
      for (const options of [{}, { colorScheme: 'dark' }, { forcedColors: 'active' }, { viewport: { width: 390, height: 844 } }]) {
        const page = await here.arrive('fr', options);
        const looks = await Promise.all(['reject-all', 'accept-all'].map((which) => control(page, which).evaluate((button) => {
          const { color, backgroundColor, fontSize, fontWeight, borderTopWidth, opacity } = getComputedStyle(button);
          const { width, height, top } = button.getBoundingClientRect();
          return { color, backgroundColor, fontSize, fontWeight, borderTopWidth, opacity, width: Math.round(width), height, top };
        })));
        assert.deepEqual(looks[0], looks[1]);
        if (options.forcedColors) assert.equal(looks[0].borderTopWidth, '1px', 'an edge where colours are the visitor’s');
        await page.context().close();
      }
      for (const [language, title] of [['fr', 'À vous de choisir'], ['en', 'Your choice'], ['ar', null]]) {
        const page = await here.arrive(language);
        const role = name === 'modal' ? 'dialog' : 'region';
        const part = page.locator('ouinon-banner').getByRole(role, title ? { name: title } : undefined);
        assert.equal(await part.count(), 1, `${language}: a named ${role}`);
        assert.ok(await part.getAttribute('aria-describedby'));
        await page.context().close();
      }
    });
  });
}

test('nothing moves for whoever wants that, and little for anybody', async () => {
  await here.wear({});
  for (const [reducedMotion, most] of [['reduce', 0], ['no-preference', 160]]) {
    const page = await here.arrive('en', { reducedMotion });
    await open(page);
    const longest = await page.locator('ouinon-banner').evaluate(({ shadowRoot }) => Math.max(...[...shadowRoot.querySelectorAll('*')]
      .flatMap((element) => ['', '::before'].map((part) => parseFloat(getComputedStyle(element, part).transitionDuration) * 1000))));
    assert.ok(longest <= most, `${longest} ms`);
    await page.context().close();
  }
});
