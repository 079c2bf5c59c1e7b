// The panel of `?ouinon=debug`: what is held back or released on a page, by which rule and why; and what else is known.
import assert from 'node:assert/strict';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { check } from '../support/axe.mjs';
import { control, recorded, stored } from '../support/browser.mjs';
import { openElsewhere } from '../support/elsewhere.mjs';

const change = (notice) => {
  notice.automatic = { hosts: { localhost: 'advertising' } };
  notice.import = { from: ['klaro'], purposes: { films: 'functional' } };
  notice.markup = {};
  notice.signals = { purposes: { analytics: ['analytics_storage'] }, google: {} };
};

let here;
before(async () => {
  here = await openElsewhere({ change });
});
after(() => here?.close());

/** Something of each rule. `localhost` is the third party by another name. */
const body = ({ url }) => {
  const listed = url.replace('127.0.0.1', 'localhost');
  return `
  <script type="text/plain" data-purpose="analytics" data-vendor="audimetre" src="${url}/marked.js?user=7"></script>
  <script type="text/plain" data-purpose="analytics" data-vendor="unheard" src="${url}/unheard.js"></script>
  <script type="text/plain" data-purpose="necessary" src="${url}/needed.js"></script>
  <script type="text/plain" data-purpose="telepathy" src="${url}/unknown.js"></script>
  <script type="text/plain" data-category="analytics" src="${url}/alias.js"></script>
  <script type="text/plain" data-category="nothing" src="${url}/nothing.js"></script>
  <iframe title="A film" width="400" height="200" data-purpose="functional" data-src="${url}/film.html"></iframe>
  <script src="${listed}/listed.js"></script>
  <script>
    fetch('${listed}/beacon').catch(() => {});
    const added = document.createElement('iframe');
    added.src = '${listed}/added.html';
    document.body.append(added);
  </script>`;
};

/** What it says, as lines. */
const panel = async (person) => {
  const lines = await person.locator('ouinon-debug li').allTextContents();
  const facts = await person.locator('ouinon-debug dl').evaluateAll((lists) => lists.map((list) => list.textContent));
  return { lines: lines.map((line) => line.replaceAll(/127\.0\.0\.1:\d+|localhost:\d+/g, 'host')), text: facts.join('\n') };
};
const says = (person, text) => person.locator('ouinon-debug summary').first().filter({ hasText: text }).waitFor();

const open = async (options = {}) => {
  here.page('/', body(here.third), { head: here.site.snippet.split('\n')[0] + here.tag(''), ...options.page });
  return here.visit('/?ouinon=debug', options);
};
const tools = (yes) => ({
  arrive: (page) => page.context().addCookies([{ name: 'klaro', value: encodeURIComponent(JSON.stringify({ films: yes })), url: here.url }]),
});

describe('what the panel says', () => {
  test('what waits, by each rule, and why', async () => {
    const person = await open(tools(false));
    await says(person, '9 held back, 1 released');
    assert.deepEqual((await panel(person)).lines, [
      '✕ held back script host/marked.jsanalytics · audimetre · marked by the page · no answer yet',
      '✕ held back script host/unheard.jsanalytics · unheard · marked by the page · the notice does not name the vendor for it',
      '✓ released script host/needed.jsnecessary · marked by the page · required purpose',
      '✕ held back script host/unknown.jstelepathy · marked by the page · the notice has no such purpose',
      '✕ held back script host/alias.jsanalytics · marked for another tool · no answer yet',
      '✕ held back script host/nothing.jsmarked for another tool · its mark stands for no purpose',
      '✕ held back iframe host/film.htmlfunctional · marked by the page · refused in the former tool',
      '✕ held back script host/listed.jsadvertising · automatic list: localhost · no answer yet',
      '✕ held back iframe host/added.htmladvertising · automatic list: localhost · no answer yet',
      '✕ held back fetch, XMLHttpRequest, sendBeaconadvertising · automatic list: localhost · no answer yet',
    ]);
    const { text } = await panel(person);
    for (const part of ['choicesnone', 'Read from the former tool✕ functional', 'regimeopt-in', 'not sent', 'none waits',
      '["consent","default"', `site${here.site.id}`, 'Ouinon0.1.0']) assert.ok(text.includes(part), part);
    assert.deepEqual((await stored(person)).local, [], 'looking stores nothing');
    assert.deepEqual(person.problems, []);
    await person.context().close();
  });

  test('what a choice lets go, what it refuses, and where it is on record', async () => {
    const person = await open();
    await person.evaluate(() => window.ouinon.save({ choices: { analytics: true, advertising: false }, vendors: { audimetre: false } }));
    await recorded(person, 1);
    await says(person, '8 held back, 2 released');
    const { lines } = await panel(person);
    for (const line of [
      '✕ held back script host/marked.jsanalytics · audimetre · marked by the page · the visitor refused the vendor',
      '✓ released script host/alias.jsanalytics · marked for another tool · the visitor said yes',
      '✕ held back script host/listed.jsadvertising · automatic list: localhost · the visitor said no',
    ]) assert.ok(lines.includes(line), `${line}\nnot in\n${lines.join('\n')}`);
    await person.locator('ouinon-debug dd', { hasText: 'save, preferences, 1' }).waitFor({ state: 'attached' });
    await person.evaluate(() => window.ouinon.acceptAll());
    await recorded(person, 2);
    await says(person, '3 held back, 7 released');
    await person.locator('ouinon-debug dd', { hasText: 'accept_all, banner, 2' }).waitFor({ state: 'attached' });
    const { text } = await panel(person);
    assert.ok(text.includes('["consent","update",{"analytics_storage":"granted"}]'), text);
    const secret = (await person.context().cookies()).find(({ name }) => name === 'ouinon_s').value;
    const whole = await person.locator('ouinon-debug').evaluate((host) => host.shadowRoot.textContent);
    assert.ok(!whole.includes(secret), 'no secret is shown');
    await person.context().close();
  });

  test('what could not be sent yet is named, without the secret in it', async () => {
    const person = await open();
    await person.route('**/consents', (route) => route.abort());
    await control(person, 'reject-all').click();
    await person.locator('ouinon-debug dt', { hasText: 'reject_all, banner' }).waitFor({ state: 'attached' });
    await person.locator('ouinon-debug dd', { hasText: 'unknown to the server' }).waitFor({ state: 'attached' });
    const [body] = await person.evaluate(() => JSON.parse(localStorage.ouinon_o));
    const whole = await person.locator('ouinon-debug').evaluate((host) => host.shadowRoot.textContent);
    assert.ok(!whole.includes(JSON.parse(body).visitor_secret));
    await person.context().close();
  });

  test('without the parameter it is not loaded', async () => {
    here.page('/', body(here.third));
    const person = await here.visit('/', { arrive: (page) => page.on('request', (request) =>
      assert.ok(!request.url().includes('/debug.js'), 'asked for')) });
    assert.equal(await person.locator('ouinon-debug').count(), 0);
    await person.context().close();
  });

  test('under a strict policy it is styled and works', async () => {
    const { origin } = new URL(here.ouinon.url);
    const policy = `default-src 'none'; script-src ${origin} 'wasm-unsafe-eval'; connect-src ${origin}; style-src 'self'`;
    const person = await open({ page: { head: here.tag(), headers: { 'content-security-policy': policy } } });
    await says(person, 'held back');
    const width = await person.locator('ouinon-debug section').evaluate((section) => getComputedStyle(section).borderRadius);
    assert.equal(width, '10px');
    assert.deepEqual(person.problems.filter((problem) => /style|debug|connect/.test(problem)), []);
    await person.context().close();
  });
});

describe('for everybody who develops', () => {
  test('by keyboard: every part closes and opens, and the panel goes away', async () => {
    const person = await open();
    await says(person, 'held back');
    await person.locator('ouinon-debug summary').first().focus();
    await person.keyboard.press('Enter');
    await person.locator('ouinon-debug .all').waitFor({ state: 'hidden' });
    await person.keyboard.press('Enter');
    await person.keyboard.press('Tab');
    await person.keyboard.press('Tab');
    await person.keyboard.press('Enter');
    await person.locator('ouinon-debug ul').waitFor({ state: 'hidden' });
    for (let left = 8; left; left -= 1) {
      await person.keyboard.press('Tab');
      const text = await person.evaluate(() => document.activeElement?.shadowRoot?.activeElement?.textContent);
      if (text === 'Close the panel') break;
    }
    await person.keyboard.press('Enter');
    assert.equal(await person.locator('ouinon-debug').count(), 0);
    await person.context().close();
  });

  for (const colorScheme of ['light', 'dark'])
    test(`axe finds nothing and doubts nothing (${colorScheme})`, async () => {
      // High enough for all of it: what is scrolled away axe cannot judge.
      const person = await open({ colorScheme, viewport: { width: 1280, height: 3400 }, page: { language: colorScheme === 'dark' ? 'fr' : 'en' } });
      await person.locator('ouinon-debug li').first().waitFor();
      await person.evaluate(() => document.querySelector('ouinon-debug').shadowRoot.querySelectorAll('details').forEach((one) => { one.open = true; }));
      await check(person, { within: 'ouinon-debug', sure: true });
      await person.context().close();
    });
});

const folder = path.join(os.tmpdir(), 'ouinon-looks');
describe('pictures', { skip: !process.env.SCREENSHOTS && 'only with SCREENSHOTS set' }, () => {
  const pictures = {
    'debug-desktop-en': {},
    'debug-desktop-fr': { page: { language: 'fr' }, locale: 'fr-FR' },
    'debug-dark-fr': { page: { language: 'fr' }, locale: 'fr-FR', colorScheme: 'dark' },
    'debug-phone-en': { viewport: { width: 390, height: 844 } },
    'debug-zoom-en': { viewport: { width: 640, height: 430 }, deviceScaleFactor: 2 },
  };
  for (const [name, options] of Object.entries(pictures))
    test(name, async () => {
      const person = await open(options);
      await person.locator('ouinon-debug li').first().waitFor();
      await person.screenshot({ path: `${folder}/${name}.png` });
      await person.locator('ouinon-debug .all').evaluate((all) => { all.scrollTop = 1e6; });
      await person.screenshot({ path: `${folder}/${name}-end.png` });
      await person.context().close();
    });
});
