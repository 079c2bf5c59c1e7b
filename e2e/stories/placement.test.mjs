// The tag works wherever a site may put it, under a strict policy too.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openWorld } from '../support/world.mjs';
import { html, startSite } from '../support/site.mjs';
import { bannerShown, control, recorded, visitor } from '../support/browser.mjs';

let site;
let world;
before(async () => {
  site = await startSite();
  world = await openWorld({ origins: [site.url] });
});
after(async () => {
  await world?.close();
  await site?.stop();
});

const tag = (attributes) => `<script ${attributes} src="${world.ouinon.url}/b/${world.site.id}.js"></script>`;
const waiting = '<script type="text/plain" data-purpose="analytics" data-vendor="audimetre">window.__ran = (window.__ran || 0) + 1;</script>';

const places = {
  'async in head': () => html(tag('async'), waiting),
  'blocking, first in head': () => html(tag(''), waiting),
  'deferred in head': () => html(tag('defer'), waiting),
  'last in body': () => html('', waiting + tag('')),
  'the whole snippet': () => html(world.site.snippet, waiting),
};

for (const [name, page] of Object.entries(places)) {
  test(name, async () => {
    site.pages['/'] = { html: page() };
    const person = await visitor(world.browser, { locale: 'en-GB' });
    await person.goto(site.url);
    await bannerShown(person);
    assert.equal(await person.evaluate(() => window.__ran), undefined);
    await control(person, 'accept-all').click();
    await recorded(person, 1);
    assert.equal(await person.evaluate(() => window.__ran), 1, 'the waiting script ran once');
    await person.reload();
    await person.waitForFunction(() => window.__ran === 1);
    assert.deepEqual(person.problems, []);
    await person.context().close();
  });
}

test('a page that stays in its head for long is asked too: all is there before it has a body', async () => {
  site.pages['/'] = { html: html(`${world.site.snippet}<script src="/slow.js"></script>`, waiting) };
  const person = await visitor(world.browser, { locale: 'en-GB' });
  await person.route('**/slow.js', async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await route.fulfill({ contentType: 'text/javascript', body: '' });
  });
  await person.goto(site.url);
  await bannerShown(person);
  assert.deepEqual(person.problems, []);
  await person.context().close();
});

test('events and calls as documented', async () => {
  site.pages['/'] = { html: html(`<script>window.dataLayer = []; window.__seen = [];
    for (const name of ['ready', 'shown', 'change']) document.addEventListener('ouinon:' + name, () => window.__seen.push(name));
  </script>${tag('async')}`, waiting) };
  const person = await visitor(world.browser, { locale: 'en-GB' });
  await person.goto(site.url);
  await bannerShown(person);
  await person.evaluate(() => window.ouinon.ready);
  assert.deepEqual(await person.evaluate(() => [window.ouinon.visitor, window.ouinon.consent]), [null, null]);
  await person.evaluate(() => window.ouinon.save({ choices: { functional: false, analytics: true, advertising: false, retargeting: false } }));
  const { consent } = await recorded(person, 1);
  assert.equal(consent.choices.analytics, true);
  assert.equal(await person.evaluate(() => window.ouinon.allowed('analytics')), true);
  assert.equal(await person.evaluate(() => window.ouinon.allowed('advertising')), false);
  const seen = await person.evaluate(() => window.__seen);
  for (const name of ['ready', 'shown', 'change']) assert.ok(seen.includes(name), `${name} in ${seen}`);
  await person.evaluate(() => window.ouinon.withdraw());
  await recorded(person, 2);
  assert.equal(await person.evaluate(() => window.ouinon.allowed('analytics')), false);
  await person.context().close();
});

test('a strict content security policy is kept', async () => {
  const policy = `default-src 'none'; script-src ${world.ouinon.url} 'wasm-unsafe-eval'; `
    + `connect-src ${world.ouinon.url}; style-src 'self'; img-src data:`;
  site.pages['/'] = { html: html(tag('async')), headers: { 'content-security-policy': policy } };
  const person = await visitor(world.browser, { locale: 'en-GB' });
  const broken = [];
  person.on('console', (message) => {
    if (message.text().includes('Content Security Policy')) broken.push(message.text());
  });
  await person.goto(site.url);
  await bannerShown(person);
  const box = await control(person, 'accept-all').boundingBox();
  assert.ok(box.height >= 40, 'the style of the banner applies');
  await control(person, 'reject-all').click();
  await recorded(person, 1);
  assert.deepEqual(broken, []);
  await person.context().close();
});
