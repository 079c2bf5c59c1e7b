// How a site's banner looks: where it stands, its colours, what cannot be published, and that a page is never left locked.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { LOOKS, openLooks } from '../support/looks.mjs';
import { EMAIL, PASSWORD } from '../support/world.mjs';
import { bannerShown, control, recorded, visitor } from '../support/browser.mjs';
import { signIn } from '../support/dashboard.mjs';

let here;
before(async () => { here = await openLooks(); });
after(() => here?.close());

const banner = (page) => page.locator('ouinon-banner .banner');
const colour = (locator, property) => locator.evaluate((element, name) => getComputedStyle(element)[name], property);
const scrolls = async (page) => {
  await page.mouse.move(40, 60);
  await page.mouse.wheel(0, 400);
  await page.waitForTimeout(200);
  return page.evaluate(() => scrollY > 0);
};

/** Which edges of the window the banner keeps to. */
async function place(page) {
  const { x, y, width, height } = await banner(page).boundingBox();
  const near = (distance) => distance <= 20;
  const [left, right, top, bottom] = [x, 1280 - x - width, y, 860 - y - height].map(near);
  return [top && 'top', bottom && 'bottom', left && 'left', right && 'right'].filter(Boolean).join(' ');
}

test('a layout stands where the notice says, mirrored where people read from right to left', async () => {
  const expected = [
    [{}, 'bottom', 'bottom'],
    [{ position: 'top' }, 'top', 'top'],
    [{ position: 'bottom-start' }, 'bottom left', 'bottom right'],
    [{ position: 'bottom-end' }, 'bottom right', 'bottom left'],
    [{ position: 'top-end' }, 'top right', 'top left'],
    [{ layout: 'bar' }, 'bottom left right', 'bottom left right'],
    [{ layout: 'bar', position: 'top' }, 'top left right', 'top left right'],
    [{ layout: 'modal' }, '', ''],
  ];
  for (const [look, ltr, rtl] of expected) {
    assert.ok((await here.wear({ look })).notice);
    for (const [language, where] of [['fr', ltr], ['ar', rtl]]) {
      const page = await here.arrive(language);
      assert.equal(await place(page), where, `${JSON.stringify(look)} in ${language}`);
      await page.context().close();
    }
  }
});

test('the small control stands in the corner the notice says', async () => {
  for (const [look, left] of [[{}, true], [{ control: 'end' }, false]]) {
    await here.wear({ look });
    const page = await here.arrive();
    await control(page, 'reject-all').click();
    await control(page, 'open').waitFor();
    const { x, width } = await control(page, 'open').boundingBox();
    assert.equal(x < 20, left);
    assert.equal(x + width > 1260, !left);
    await page.context().close();
  }
});

test('a site that has no look loads nothing of one', async () => {
  const words = async (look) => {
    await here.wear(look);
    return (await fetch(`${here.ouinon.url}/b/${here.id}/ask.js?fr`)).text();
  };
  const plain = await words({});
  assert.ok(!/::backdrop|--logo|grid-template/.test(plain));
  assert.ok(!plain.startsWith('/*'));
  assert.match(await words(LOOKS.modal), /::backdrop/);
});

test('a logo stands above the words, and nobody is asked for it', async () => {
  await here.wear(LOOKS.modal);
  const page = await here.arrive();
  const image = await banner(page).evaluate((element) => getComputedStyle(element, '::before').backgroundImage);
  assert.match(image, /^url\("data:image\/svg\+xml/);
  await page.context().close();
  assert.match((await here.wear({ look: { logo: 'https://cdn.example/logo.png' } })).refused, /#\/look\/logo/);
});

test('colours: the notice’s, by day and by night, and the page’s own before them', async () => {
  await here.wear({ theme: { button: '#7a1fa2', label: '#ffffff' }, look: { dark: { button: '#ffb4f0', label: '#12141a' } } });
  const halves = (page) => page.locator('ouinon-banner .half');
  for (const [colorScheme, expected] of [['light', 'rgb(122, 31, 162)'], ['dark', 'rgb(255, 180, 240)']]) {
    const page = await here.arrive('fr', { colorScheme });
    for (const half of await halves(page).all()) assert.equal(await colour(half, 'backgroundColor'), expected);
    await page.context().close();
  }
  await here.wear({ theme: { accent: '#7a1fa2' } });
  const night = await here.arrive('fr', { colorScheme: 'dark' });
  assert.equal(await colour(banner(night), 'backgroundColor'), 'rgb(255, 255, 255)', 'colours for the day alone are no mixture by night');
  await night.context().close();
  const page = await here.arrive('fr', { style: 'ouinon-banner { --ouinon-accent: #0b7a5b } ouinon-banner::part(half) { letter-spacing: 1px }' });
  assert.equal(await colour(banner(page).locator('.link'), 'color'), 'rgb(11, 122, 91)');
  assert.deepEqual(await halves(page).evaluateAll((all) => all.map((one) => getComputedStyle(one).letterSpacing)), ['1px', '1px'], 'both answers are one part');
  await page.context().close();
});

test('what cannot be read, or tells the answers apart, is not published', async () => {
  const { refused } = await here.wear({ theme: { button: '#8a8f9c', label: '#ffffff' } });
  assert.match(refused, /#\/theme\/label/);
  assert.match(refused, /accept and refuse, `label` #ffffff on `button` #8a8f9c, have a contrast of 3\.\d\d:1 and need 4\.5:1/);
  const { refused: night } = await here.wear({ look: { dark: { ink: '#333333' } } });
  assert.match(night, /#\/look\/dark\/ink/);
  const { notice, findings } = await here.wear({ theme: { accept: '#0b7a5b' } });
  assert.ok(notice);
  assert.deepEqual(findings.map(({ pointer }) => pointer), ['#/theme/accept']);
  const page = await here.arrive();
  const [no, yes] = await page.locator('ouinon-banner .half').evaluateAll((all) => all.map((one) => getComputedStyle(one).backgroundColor));
  assert.equal(no, yes);
  await page.context().close();
});

test('no layout keeps the page from scrolling unless the notice says so; nothing does once it is answered', async () => {
  for (const [look, free] of [[{}, true], [{ layout: 'bar' }, true], [{ layout: 'modal' }, true], [{ layout: 'modal', lock: true }, false]]) {
    await here.wear({ look });
    const page = await here.arrive();
    assert.equal(await scrolls(page), free, JSON.stringify(look));
    await control(page, 'reject-all').click();
    await recorded(page, 1);
    assert.equal(await scrolls(page), true, `${JSON.stringify(look)}, answered`);
    await page.context().close();
  }
});

test('Escape leaves a modal without an answer: nothing is recorded, the next page asks again', async () => {
  await here.wear({ look: { layout: 'modal', lock: true } });
  const page = await here.arrive();
  await page.keyboard.press('Escape');
  await banner(page).waitFor({ state: 'detached' });
  assert.ok(await scrolls(page));
  assert.equal(await page.evaluate(() => document.cookie + Object.keys(localStorage)), '');
  await page.reload();
  await bannerShown(page);
  await page.context().close();
});

test('a blocker that hides or removes the element leaves nothing over the page', async () => {
  await here.wear({ look: { layout: 'modal', lock: true } });
  for (const block of ['hide', 'remove']) {
    const page = await here.arrive();
    await page.evaluate((how) => {
      const element = document.querySelector('ouinon-banner');
      if (how === 'remove') element.remove();
      else element.style.setProperty('display', 'none', 'important');
    }, block);
    assert.equal(await scrolls(page), true, block);
    await page.locator('a').first().click({ timeout: 3000 });
    assert.match(page.url(), /#\d+$/, `${block}: the page answers`);
    await page.context().close();
  }
});

test('the dashboard tries a look on with the script that visitors load, and says what is wrong with it', async () => {
  await here.wear({});
  const page = await visitor(here.browser, { locale: 'en-GB', reducedMotion: 'reduce' });
  const refusals = [];
  page.on('console', (message) => message.type() === 'error' && refusals.push(message.text()));
  await signIn(page, here, EMAIL, PASSWORD);
  const address = `${here.ouinon.url}/dashboard/sites/${here.id}/notices`;
  await page.goto(address);
  await page.locator('[name="look.layout"]').selectOption('bar');
  await page.locator('[name="theme.button"]').fill('#7a1fa2');
  await page.getByRole('button', { name: 'Show the banner' }).click();
  await bannerShown(page);
  assert.equal(await colour(control(page, 'accept-all'), 'backgroundColor'), 'rgb(122, 31, 162)');
  assert.equal((await banner(page).boundingBox()).width, await page.evaluate(() => document.documentElement.clientWidth));
  assert.deepEqual(JSON.parse(await page.locator('#look-json').innerText()), { look: { layout: 'bar' }, theme: { button: '#7a1fa2' } });
  await page.locator('[name="scheme"]').selectOption('dark');
  await page.locator('[name="theme.button"]').fill('#e8e6e0');
  await page.locator('.findings li').first().waitFor();
  assert.match(await page.locator('.findings').innerText(), /theme\.button accept and refuse on the banner/);
  assert.equal(refusals.filter((text) => !text.includes('422')).join(), '', 'within the page’s policy');
  await page.locator('[name="theme.button"]').fill('#2447d8');
  await page.waitForFunction(() => !document.querySelector('.findings li'));
  await control(page, 'accept-all').click();
  await banner(page).waitFor({ state: 'detached' });
  assert.equal(await page.evaluate(() => document.cookie.includes('ouinon=') || localStorage.length), 0, 'nothing is kept');
  assert.deepEqual(page.problems, []);
  await page.context().close();
});
