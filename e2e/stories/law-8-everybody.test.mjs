// Rule 8: who uses a keyboard or a screen reader refuses as fast as accepts (WCAG 2.2 AA).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { check } from '../support/axe.mjs';
import { EVERYWHERE, asked, inPlaces } from '../support/law.mjs';
import { control, recorded } from '../support/browser.mjs';

/** Presses Tab until the focus is on a control of Ouinon; gives how often. */
async function tabTo(page, name) {
  for (let press = 0; press < 60; press += 1) {
    const focused = await page.evaluate(() => {
      let element = document.activeElement;
      while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
      return element?.getAttribute('data-ouinon') ?? element?.getAttribute('data-ouinon-purpose');
    });
    if (focused === name) return press;
    await page.keyboard.press('Tab');
  }
  throw new Error(`no Tab reaches ${name}`);
}

const SCREENS = { desktop: {}, phone: { viewport: { width: 390, height: 844 }, hasTouch: true }, 'zoom 400 %': { viewport: { width: 320, height: 256 } } };

inPlaces(EVERYWHERE, (here) => {
  for (const colorScheme of ['light', 'dark']) {
    test(`law 8: axe finds nothing in banner and preferences (${here.name}, ${colorScheme})`, async () => {
      const page = await asked(here, 'fr/', { colorScheme, reducedMotion: 'reduce' });
      await check(page);
      await control(page, 'customise').click();
      await control(page, 'save').waitFor();
      await check(page);
      await page.context().close();
    });
  }

  test(`law 8: by keyboard refuse is as near as accept, and first in the page (${here.name})`, async () => {
    const presses = {};
    for (const [name, key] of [['reject-all', 'Enter'], ['accept-all', 'Enter'], ['reject-all', 'Space']]) {
      const page = await asked(here);
      presses[name] = await tabTo(page, name);
      await page.keyboard.press(key);
      const { consent } = await recorded(page, 1);
      assert.ok(Object.values(consent.choices).every((choice) => choice === (name === 'accept-all')));
      await page.context().close();
    }
    assert.ok(presses['reject-all'] <= presses['accept-all'] && presses['accept-all'] <= 4, JSON.stringify(presses));
  });

  test(`law 8: a screen reader hears a named part of the page, its words and both answers as buttons (${here.name})`, async () => {
    const page = await asked(here, 'en/');
    const banner = page.getByRole('region', { name: 'Your choice' });
    await banner.waitFor();
    assert.deepEqual(await banner.getByRole('button').evaluateAll((all) => all.map((button) => button.dataset.ouinon)),
      ['partners', 'reject-all', 'accept-all', 'customise']);
    for (const name of ['Refuse all', 'Accept all']) assert.equal(await banner.getByRole('button', { name, exact: true }).count(), 1);
    assert.equal(await page.evaluate(() => document.body.firstElementChild.localName), 'ouinon-banner');
    await page.context().close();
  });

  for (const [screen, options] of Object.entries(SCREENS)) {
    test(`law 8: both answers can be seen in focus and hit, with no scrolling sideways (${here.name}, ${screen})`, async () => {
      const page = await asked(here, 'fr/', options);
      for (const name of ['reject-all', 'accept-all']) {
        await tabTo(page, name);
        const { x, y, width, height } = await control(page, name).boundingBox();
        assert.ok(width >= 44 && height >= 44, `${name}: ${width} × ${height}`);
        const { innerWidth, innerHeight } = await page.evaluate(() => ({ innerWidth, innerHeight }));
        assert.ok(x >= 0 && y >= 0 && x + width <= innerWidth && y + height <= innerHeight, `${name} is on the screen`);
        const outline = await control(page, name).evaluate((button) => getComputedStyle(button).outlineWidth);
        assert.equal(outline, '2px', `${name} shows its focus`);
      }
      const wide = await page.evaluate(() => {
        const banner = document.querySelector('ouinon-banner').shadowRoot.querySelector('.banner');
        return banner.scrollWidth > banner.clientWidth;
      });
      assert.equal(wide, false);
      await page.context().close();
    });
  }

  test(`law 8: choosing and taking back work by keyboard alone (${here.name})`, async () => {
    const page = await asked(here, 'en/');
    await tabTo(page, 'customise');
    await page.keyboard.press('Enter');
    await tabTo(page, 'analytics');
    const before = await page.locator('ouinon-banner input[data-ouinon-purpose="analytics"]').isChecked();
    await page.keyboard.press('Space');
    await tabTo(page, 'save');
    await page.keyboard.press('Enter');
    const { consent } = await recorded(page, 1);
    assert.equal(consent.choices.analytics, !before);
    await page.reload();
    await page.waitForFunction(() => window.ouinon?.consent);
    await page.evaluate(() => window.ouinon.acceptAll());
    await recorded(page, 2);
    await page.locator('footer [data-ouinon="open"]').focus();
    await page.keyboard.press('Enter');
    await tabTo(page, 'withdraw');
    await page.keyboard.press('Enter');
    const back = await recorded(page, 3);
    assert.equal(back.consent.choices.analytics, false);
    await page.context().close();
  });

  test(`law 8: the dialog keeps the focus and gives it back, the banner does not hold it (${here.name})`, async () => {
    const page = await asked(here, 'en/');
    const outside = () => page.evaluate(() => document.activeElement?.closest('ouinon-banner') === null && document.activeElement !== document.body);
    let away = false;
    for (let press = 0; press < 12 && !away; press += 1) {
      await page.keyboard.press('Tab');
      away = await outside();
    }
    assert.ok(away, 'Tab reaches the page beside the banner');
    await control(page, 'customise').click();
    await control(page, 'save').waitFor();
    for (let press = 0; press < 40; press += 1) {
      await page.keyboard.press('Tab');
      assert.ok(!(await outside()), 'Tab leaves the open dialog');
    }
    await page.keyboard.press('Escape');
    const focused = await page.evaluate(() => document.activeElement?.shadowRoot?.activeElement?.dataset.ouinon);
    assert.equal(focused, 'customise', 'the focus is back where it was');
    await page.context().close();
  });
});
