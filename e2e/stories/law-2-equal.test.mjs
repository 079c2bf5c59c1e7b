// Rule 2: accept and refuse stand on the first layer, as the same element, looking the same, one click each.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EVERYWHERE, asked, inPlaces } from '../support/law.mjs';
import { control, recorded } from '../support/browser.mjs';

const SEEN = ['color', 'background-color', 'border-top-color', 'border-top-width',
  'border-top-style', 'font-family', 'font-size', 'font-weight',
  'font-style', 'letter-spacing', 'line-height', 'text-transform', 'text-decoration-line',
  'opacity', 'box-shadow', 'padding-top', 'padding-left', 'cursor', 'visibility', 'filter', 'outline'];

const looks = (button) => button.evaluate((element, names) => {
  const style = getComputedStyle(element);
  const { width, height } = element.getBoundingClientRect();
  const corners = ['top-left', 'top-right', 'bottom-right', 'bottom-left']
    .map((corner) => style.getPropertyValue(`border-${corner}-radius`));
  // Two halves of one shape mirror each other; a 64th of a pixel comes from dividing a width.
  return {
    tag: element.tagName,
    width: Math.round(width * 8),
    height,
    corners: corners.sort(),
    ...Object.fromEntries(names.map((name) => [name, style.getPropertyValue(name)])),
  };
}, SEEN);

/** At rest, under the pointer and in focus. */
async function alike(page) {
  const [yes, no] = [control(page, 'accept-all'), control(page, 'reject-all')];
  for (const touch of ['hover', 'focus']) {
    assert.deepEqual(await looks(yes), await looks(no), `before ${touch}`);
    await yes[touch]();
    const touched = await looks(yes);
    await no[touch]();
    assert.deepEqual(await looks(no), touched, touch);
    await page.mouse.move(0, 0);
    await no.blur();
  }
  const [a, b] = [await yes.boundingBox(), await no.boundingBox()];
  assert.ok(a.y === b.y || a.x === b.x, 'they stand in one line');
}

const SCREENS = { desktop: {}, phone: { viewport: { width: 390, height: 844 } }, dark: { colorScheme: 'dark' } };

inPlaces(EVERYWHERE, (here) => {
  for (const [screen, options] of Object.entries(SCREENS)) {
    test(`law 2: refuse and accept are the same on both layers (${here.name}, ${screen})`, async () => {
      const page = await asked(here, 'fr/', options);
      await alike(page);
      await control(page, 'customise').click();
      await control(page, 'save').waitFor();
      // The dialog lies over the first layer, whose controls come first in the page.
      await page.evaluate(() => document.querySelector('ouinon-banner').shadowRoot.querySelector('.banner').remove());
      await alike(page);
      await page.context().close();
    });
  }

  test(`law 2: either takes one click and no more (${here.name})`, async () => {
    for (const [name, action] of [['accept-all', 'accept_all'], ['reject-all', 'reject_all']]) {
      const page = await asked(here);
      await control(page, name).click();
      const { visitor: id } = await recorded(page, 1);
      const { items } = await here.ouinon.ask(here.site, `/consents?visitor=${id}`);
      assert.deepEqual(items.map((item) => item.action), [action]);
      assert.equal(await page.locator('ouinon-banner button:visible').count(), 0, 'nothing is asked after it');
      await page.context().close();
    }
  });
});
