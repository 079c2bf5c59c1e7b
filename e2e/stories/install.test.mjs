// Installing: the guide's recipes on a page, and the dashboard's page that has them with the site's own address.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { check } from '../support/axe.mjs';
import { control, inPage, recorded, visitor } from '../support/browser.mjs';
import { signIn } from '../support/dashboard.mjs';
import { openElsewhere, ran } from '../support/elsewhere.mjs';
import { EMAIL, PASSWORD } from '../support/world.mjs';

const recipes = path.resolve(import.meta.dirname, '../../server/data/recipes');
const recipe = (name) => fs.readFileSync(path.join(recipes, name), 'utf8')
  .replaceAll('https://cmp.example', here.ouinon.url).replaceAll('SITE', here.site.id)
  .replaceAll(/https:\/\/\w+\.example/g, here.third.url).replace(' data-vendor="matomo"', '');

let here;
before(async () => {
  here = await openElsewhere();
  await here.ouinon.command(['user', 'create', '--email', EMAIL, '--role', 'admin'], `${PASSWORD}\n`);
});
after(() => here?.close());

for (const head of ['the plain tag', 'the snippet'])
  test(`plain HTML: what waits, what asks first and the way back, with ${head}`, async () => {
    const started = '<script>function startMeasuring() { window.measuring = true; }</script>';
    here.page('/', recipe('waiting.html') + started + recipe('early.html'), { head: head === 'the snippet' ? here.site.snippet : here.tag() });
    const person = await here.visit('/');
    assert.deepEqual(here.third.seen, []);
    assert.equal(await person.evaluate(() => window.measuring), undefined);
    await here.say(person, 'accept-all');
    assert.deepEqual(await ran(person, 1), ['matomo']);
    await person.frameLocator('iframe').getByText('Play').waitFor();
    assert.equal(await person.evaluate(() => window.measuring), true);
    await person.locator('a[data-ouinon="open"]').click();
    await control(person, 'withdraw').click();
    await recorded(person, 2);
    assert.deepEqual(person.problems, []);
    await person.context().close();
  });

test('Shopify is told of each choice, and of a stored one', async () => {
  const shopify = `<script>
    window.told = [];
    window.Shopify = {
      loadFeatures: (features, done) => setTimeout(done),
      customerPrivacy: { setTrackingConsent: (consent) => told.push(consent) },
    };</script>`;
  here.page('/', '', { head: shopify + recipe('shopify.html') });
  const person = await here.visit('/');
  assert.deepEqual(await person.evaluate(() => window.told), [], 'nobody has answered');
  await person.evaluate(() => window.ouinon.save({ choices: { analytics: true } }));
  await person.waitForFunction(() => window.told.length === 1);
  const expected = { analytics: true, marketing: false, preferences: false, sale_of_data: false };
  assert.deepEqual(await person.evaluate(() => window.told[0]), expected);
  await recorded(person, 1);
  await person.reload();
  await person.waitForFunction(() => window.told.length === 1);
  assert.deepEqual(await person.evaluate(() => window.told[0]), expected);
  await person.context().close();
});

test('the preferences in a page of the site need one element', async () => {
  here.page('/cookies', '<ouinon-preferences></ouinon-preferences>');
  const person = await here.visit('/cookies', { banner: false });
  await inPage(person, 'save').waitFor();
  await person.context().close();
});

for (const [locale, title] of [['en-GB', 'With the tools your site is made with'], ['fr-FR', 'Avec les outils de votre site']])
  test(`the dashboard has every recipe with the site's own address, to be copied (${locale})`, async () => {
    const person = await visitor(here.browser, { locale, permissions: ['clipboard-read', 'clipboard-write'] });
    await signIn(person, here, EMAIL, PASSWORD);
    await person.goto(`${here.ouinon.url}/dashboard/sites/${here.site.id}/install`);
    const section = person.locator('section', { has: person.getByRole('heading', { name: title }) });
    const closed = section.locator('details');
    assert.equal(await closed.count(), 7);
    for (const one of await closed.all()) await one.locator('summary').click();
    const codes = await section.locator('pre').allTextContents();
    assert.equal(codes.length, 9);
    assert.ok(codes.every((code) => !/cmp\.example|SITE/.test(code)));
    const copy = person.locator('#recipe-wordpress button');
    await copy.click();
    const copied = await person.evaluate(() => navigator.clipboard.readText());
    assert.ok(copied.includes(`${here.ouinon.url}/b/${here.site.id}.js`), copied);
    await check(person);
    if (process.env.SCREENSHOTS) {
      const folder = path.join(os.tmpdir(), 'ouinon-looks');
      fs.mkdirSync(folder, { recursive: true });
      await person.screenshot({ path: path.join(folder, `install-${locale}.png`), fullPage: true });
      await person.setViewportSize({ width: 390, height: 844 });
      await person.screenshot({ path: path.join(folder, `install-${locale}-phone.png`), fullPage: true });
      const wide = await person.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= 390, `${wide} px wide`);
    }
    await person.context().close();
  });
