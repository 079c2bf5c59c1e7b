// Yes and no weigh the same, nothing is decided beforehand, and each can be done by keyboard.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openWorld } from '../support/world.mjs';
import { bannerShown, control, recorded, stored, visitor } from '../support/browser.mjs';

const SEEN = ['color', 'background-color', 'border-top-color', 'border-top-width',
  'border-top-style', 'font-family', 'font-size', 'font-weight',
  'font-style', 'letter-spacing', 'line-height', 'text-transform', 'text-decoration-line',
  'opacity', 'box-shadow', 'padding-top', 'padding-left', 'cursor', 'visibility', 'filter'];

let world;
before(async () => { world = await openWorld(); });
after(() => world?.close());

const looks = (button) => button.evaluate((element, names) => {
  const style = getComputedStyle(element);
  const { width, height } = element.getBoundingClientRect();
  const corners = ['top-left', 'top-right', 'bottom-right', 'bottom-left']
    .map((corner) => style.getPropertyValue(`border-${corner}-radius`));
  // Two halves of one shape mirror each other; a 64th of a pixel comes from dividing a width.
  return { tag: element.tagName, width: Math.round(width * 8), height, corners: corners.sort(), ...Object.fromEntries(names.map((name) => [name, style.getPropertyValue(name)])) };
}, SEEN);

for (const [name, options] of Object.entries({
  desktop: {}, phone: { viewport: { width: 390, height: 844 } }, dark: { colorScheme: 'dark' },
})) {
  test(`refuse and accept look the same (${name})`, async () => {
    const page = await visitor(world.browser, options);
    await page.goto(`${world.shop.url}/fr/`);
    await bannerShown(page);
    const [yes, no] = [control(page, 'accept-all'), control(page, 'reject-all')];
    assert.deepEqual(await looks(yes), await looks(no));
    await yes.hover();
    const hovered = await looks(yes);
    await no.hover();
    assert.deepEqual(await looks(no), hovered);
    const [a, b] = [await yes.boundingBox(), await no.boundingBox()];
    assert.ok(a.y === b.y || a.x === b.x, 'they stand in one line');
    assert.ok(await control(page, 'customise').isVisible(), 'choosing is on the first layer');
    await page.context().close();
  });
}

test('nothing is ticked beforehand, and looking decides nothing', async () => {
  const page = await visitor(world.browser);
  await page.goto(`${world.shop.url}/en/`);
  await bannerShown(page);
  await control(page, 'customise').click();
  const switches = page.locator('ouinon-banner input[data-ouinon-purpose]');
  await switches.first().waitFor({ state: 'attached' });
  const states = await switches.evaluateAll((inputs) => inputs.map((input) => [input.dataset.ouinonPurpose, input.checked, input.disabled]));
  const open = states.filter(([, , disabled]) => !disabled);
  assert.deepEqual(open.map(([key]) => key).sort(), ['advertising', 'analytics', 'functional', 'retargeting']);
  assert.ok(open.every(([, checked]) => !checked), JSON.stringify(states));
  await page.keyboard.press('Escape');
  await page.waitForTimeout(300);
  assert.deepEqual(await stored(page), { cookies: [], local: [] });
  await page.context().close();
});

test('a choice of one purpose is kept as it was made', async () => {
  const page = await visitor(world.browser);
  await page.goto(`${world.shop.url}/en/`);
  await bannerShown(page);
  await control(page, 'customise').click();
  await page.locator('ouinon-banner input[data-ouinon-purpose="analytics"]').check({ force: true });
  await control(page, 'save').click();
  const { visitor: id, consent } = await recorded(page, 1);
  assert.deepEqual(consent.choices, { functional: false, analytics: true, advertising: false, retargeting: false });
  const reasons = await Promise.all(['analytics', 'advertising'].map(async (purpose) =>
    (await world.ouinon.decision(world.site, id, purpose)).reason));
  assert.deepEqual(reasons, ['GRANTED', 'PURPOSE_DENIED']);
  await page.context().close();
});

/** Presses Tab until the focus is on a control of Ouinon. */
async function tabTo(page, name) {
  for (let press = 0; press < 60; press += 1) {
    const focused = await page.evaluate(() => {
      let element = document.activeElement;
      while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
      return element?.getAttribute('data-ouinon') ?? element?.getAttribute('data-ouinon-purpose');
    });
    if (focused === name) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`no Tab reaches ${name}`);
}

test('all of it works by keyboard alone', async () => {
  const page = await visitor(world.browser);
  await page.goto(`${world.shop.url}/en/`);
  await bannerShown(page);
  await tabTo(page, 'customise');
  await page.keyboard.press('Enter');
  await tabTo(page, 'analytics');
  await page.keyboard.press('Space');
  await tabTo(page, 'save');
  await page.keyboard.press('Enter');
  const { consent } = await recorded(page, 1);
  assert.equal(consent.choices.analytics, true);
  await page.reload();
  await page.waitForFunction(() => window.ouinon?.consent);
  await page.locator('footer [data-ouinon="open"]').focus();
  await page.keyboard.press('Enter');
  await tabTo(page, 'withdraw');
  await page.keyboard.press('Enter');
  const back = await recorded(page, 2);
  assert.equal(back.consent.choices.analytics, false);
  await page.context().close();
});

test('the dialog keeps the focus, the banner does not', async () => {
  const page = await visitor(world.browser);
  await page.goto(`${world.shop.url}/en/`);
  await bannerShown(page);
  const outside = () => page.evaluate(() => document.activeElement?.closest('ouinon-banner') === null && document.activeElement !== document.body);
  let left = false;
  for (let press = 0; press < 12 && !left; press += 1) {
    await page.keyboard.press('Tab');
    left = await outside();
  }
  assert.ok(left, 'Tab reaches the page beside the banner');
  await control(page, 'customise').click();
  await control(page, 'save').waitFor();
  for (let press = 0; press < 40; press += 1) {
    await page.keyboard.press('Tab');
    assert.ok(!(await outside()), 'Tab leaves the open dialog');
  }
  await page.context().close();
});
