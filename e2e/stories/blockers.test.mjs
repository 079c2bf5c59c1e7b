// Whatever a blocker takes away, of our files or of our elements, the page stays usable: nothing of ours
// is left over it, it scrolls, it can be clicked, it has no errors.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openElsewhere } from '../support/elsewhere.mjs';
import { control } from '../support/browser.mjs';

let here;
before(async () => { here = await openElsewhere(); });
after(() => here?.close());

const look = (own) => here.ouinon.publish(here.site, (notice) => ({ ...notice, look: own }));
const long = '<div style="height:3000px"></div>';
const body = () => `<button id="own" style="position:fixed;inset:0;margin:auto;width:60px;height:40px">Buy</button>
  <a href="${here.ouinon.url}/preferences/${here.site.id}" data-ouinon="open">Cookies</a>
  <iframe title="A film" width="400" height="200" data-purpose="functional" data-src="${here.third.url}/film.html"></iframe>
  <script type="text/plain" data-purpose="analytics">document.body.dataset.ran = 'yes'</script>${long}`;

/** The page answers to a click in its middle, scrolls, and nothing optional runs. */
async function usable(person, what) {
  await person.evaluate(() => { document.querySelector('#own').onclick = () => (document.body.dataset.bought = 'yes'); });
  await person.locator('#own').click({ timeout: 3000 }).catch((error) => assert.fail(`${what}: ${error.message}`));
  assert.equal(await person.evaluate(() => document.body.dataset.bought), 'yes', what);
  await person.mouse.wheel(0, 600);
  await person.waitForFunction(() => scrollY > 100, null, { timeout: 3000 }).catch(() => assert.fail(`${what}: does not scroll`));
  assert.equal(await person.evaluate(() => document.body.dataset.ran), undefined, what);
  assert.deepEqual(person.problems, [], what);
}

/** A visitor whose browser loads nothing that looks so. */
const blocking = (pattern, head) => {
  here.page('/', body(), head && { head });
  return here.visit('/', { banner: false, arrive: (page) => page.route(pattern, (route) => route.abort()) });
};

const FILES = {
  'the loader': /\/b\/[^/]+\.js$/, 'what the snippet begins with': /\/ask\.js/, 'the script that asks': /\/ask[.]/,
  'the place': /\/place$/, 'the placeholders': /\/a\/held\./, 'the notice': /\/n\/.*\.json$/, everything: /\/(a|b|n|v1)\//,
};

for (const [name, pattern] of Object.entries(FILES))
  test(`blocked: ${name}`, async () => {
    await look({ layout: 'box' });
    for (const [kind, head] of [['tag', here.tag()], ['snippet', here.site.snippet]]) {
      const person = await blocking(pattern, head);
      await person.waitForTimeout(700);
      await usable(person, `${name}, ${kind}`);
      await person.context().close();
    }
  });

test('blocked: the preferences, or their words; the click goes to the hosted page', async () => {
  for (const pattern of [/\/a\/more\./, /\/n\/.*\.json$/]) {
    const person = await blocking(pattern);
    await control(person, 'customise').click();
    await person.waitForURL(`${here.ouinon.url}/preferences/**`);
    await person.goBack();
    await usable(person, String(pattern));
    await person.context().close();
  }
});

test('blocked: the module as JavaScript, where a policy forbids WebAssembly', async () => {
  await look({ layout: 'modal', lock: true });
  const person = await here.visit('/', { banner: false, async arrive(page) {
    await page.addInitScript(() => delete window.WebAssembly);
    await page.route(/\/a\/plain\./, (route) => route.abort());
  } });
  await person.waitForTimeout(700);
  await usable(person, 'plain');
  await person.context().close();
});

test('blocked: what is sent; the choice holds and the page goes on', async () => {
  await look({ layout: 'box' });
  const person = await blocking(/\/(consents|events|place)$/);
  await control(person, 'reject-all').click();
  await person.waitForFunction(() => window.ouinon.consent);
  await usable(person, 'what is sent');
  await person.context().close();
});

for (const own of [{ layout: 'box' }, { layout: 'modal', lock: true }])
  test(`hidden by a blocker's style, or taken out: ${own.layout}`, async () => {
    await look(own);
    here.page('/', body());
    const hide = 'ouinon-banner{display:none!important}';
    const early = await here.visit('/', { banner: false, arrive: (page) => page.addInitScript((rule) => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(rule);
      document.adoptedStyleSheets.push(sheet);
    }, hide) });
    await early.waitForFunction(() => document.querySelector('ouinon-banner'));
    await early.waitForTimeout(400);
    await usable(early, 'hidden from the start');
    await early.evaluate(() => scrollTo(0, 0));
    await early.locator('a[data-ouinon="open"]').click();
    await early.waitForURL(`${here.ouinon.url}/preferences/**`);
    await early.context().close();
    const gone = await here.visit('/');
    await gone.evaluate(() => document.querySelector('ouinon-banner').remove());
    await gone.waitForTimeout(200);
    await usable(gone, 'taken out');
    await gone.context().close();
  });
