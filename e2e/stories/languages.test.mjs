// The banner in every language: the right one, whole, nothing else loaded, nothing too long for a
// telephone; from right to left where that is how people read.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Ouinon } from '../support/world.mjs';
import { startSite } from '../support/site.mjs';
import { bannerShown, control, launch, recorded, visitor } from '../support/browser.mjs';

const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const texts = path.resolve(import.meta.dirname, '../../banner-wasm/texts');
const languages = fs.readdirSync(texts).map((file) => file.slice(0, -5));
const words = (language) => JSON.parse(fs.readFileSync(path.join(texts, `${language}.json`), 'utf8'));
const pictures = path.resolve(import.meta.dirname, '../../docs/screenshots');
const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, reducedMotion: 'reduce' };

let site;
let ouinon;
let browser;
let id;
before(async () => {
  site = await startSite();
  ouinon = await Ouinon.create({ OUINON_RATE_LIMITS: 'off' });
  await ouinon.command(['migrate', 'up']);
  const made = await ouinon.command(['site', 'create', '--name', 'Galet', '--origin', site.url,
    ...['en', ...languages.filter((tag) => tag !== 'en')].flatMap((tag) => ['--language', tag]), '--json']);
  id = made.id;
  await ouinon.serve();
  const notice = await (await fetch(`${ouinon.url}/notices/${made.notice}.json`)).json();
  Object.assign(notice.controller, { contact: '+33 2 98 00 00 00', dpo: 'dpo@galet.example' });
  notice.vendors = [{ key: 'matomo', name: 'Matomo', purposes: ['analytics'], country: 'FR', policy_url: 'https://matomo.example/' }];
  const file = path.join(ouinon.data, 'notice.json');
  fs.writeFileSync(file, JSON.stringify(notice));
  const { findings } = await ouinon.command(['notice', 'publish', '--site', id, '--file', file, '--json']);
  assert.deepEqual(findings, []);
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await ouinon?.stop();
  await site?.stop();
});

const page = (language) => `<!doctype html><html lang="${language}"${/^(ar|he)/.test(language) ? ' dir="rtl"' : ''}>
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Galet</title><link rel="icon" href="data:,">
<script async src="${ouinon.url}/b/${id}.js"></script></head><body><main><h1>Galet</h1></main></body></html>`;

/** A visitor who came to a page in that language. */
async function arrive(language, options = {}) {
  site.pages['/'] = { html: page(language) };
  const person = await visitor(browser, { ...phone, ...options });
  person.asked = [];
  person.on('request', (request) => person.asked.push(new URL(request.url()).pathname));
  await person.goto(site.url);
  await bannerShown(person);
  return person;
}

const host = (person) => person.locator('ouinon-banner').evaluate(({ lang, dir }) => [lang, dir]);
const box = async (locator) => Object.values(await locator.boundingBox()).map(Math.round);
const texted = (person, selector) => person.locator(`ouinon-banner ${selector}`).first().innerText();

test('every language on a telephone: one line a button, nothing cut off, everything named', async (t) => {
  const long = [];
  for (const language of languages) {
    const person = await arrive(language);
    assert.deepEqual(await host(person), [language, /^(ar|he)$/.test(language) ? 'rtl' : 'ltr']);
    const own = words(language);
    assert.equal(await texted(person, 'h2'), own.banner_title);
    const loaded = person.asked.filter((name) => /\/ask\.|\.json$/.test(name));
    assert.deepEqual(loaded.map((name) => name.split('/').pop()), ['ask.js'], 'one language is loaded');
    const [no, yes] = [await box(control(person, 'reject-all')), await box(control(person, 'accept-all'))];
    const [, , , height] = await box(person.locator('ouinon-banner .banner'));
    assert.deepEqual(no.slice(2), yes.slice(2), `${language}: the halves are equal`);
    if (no[3] !== 44) long.push(`${language}: ${own.reject_all} | ${own.accept_all} ${no[3]}`);
    if (height > 420) long.push(`${language}: the banner is ${height} high`);
    t.diagnostic(`${language} ${height}`);
    await control(person, 'customise').click();
    await control(person, 'save').waitFor();
    const found = await person.evaluate(() => {
      const root = document.querySelector('ouinon-banner').shadowRoot;
      const wide = [...root.querySelectorAll('*')].filter((own) => own.scrollWidth > own.clientWidth + 1 && getComputedStyle(own).display != 'inline');
      const mute = [...root.querySelectorAll('button, input, a, dialog, section')].filter((own) =>
        !(own.textContent || own.ariaLabel || own.closest('label')?.textContent || own.getAttribute('aria-labelledby') || own.querySelector('h2,h3')));
      return [...wide, ...mute].map((own) => own.outerHTML.slice(0, 120));
    });
    long.push(...found.map((own) => `${language}: ${own}`));
    assert.equal(await person.evaluate(() => document.documentElement.scrollWidth), 390, language);
    assert.deepEqual(person.problems, []);
    await person.context().close();
  }
  assert.deepEqual(long, []);
});

for (const language of ['ar', 'de', 'pl']) {
  test(`a choice made in ${language}`, async () => {
    const own = words(language);
    const person = await arrive(language);
    const picture = async (name) => {
      const file = path.join(pictures, `${name}-${language}.png`);
      if (process.env.SCREENSHOTS || !fs.existsSync(file)) await person.screenshot({ path: file });
    };
    await picture('banner-phone');
    const [no, yes] = [await box(control(person, 'reject-all')), await box(control(person, 'accept-all'))];
    assert.equal(no[0] > yes[0], language === 'ar', 'refuse stands where reading begins');
    await control(person, 'customise').click();
    await control(person, 'save').waitFor();
    const [title, cross] = [await box(person.locator('ouinon-banner #title')), await box(control(person, 'close'))];
    assert.equal(title[0] > cross[0], language === 'ar', 'the cross stands where reading ends');
    const [name, toggle] = ['label span', 'label input'].map((part) => person.locator(`ouinon-banner .purposes ${part}`).first());
    assert.equal((await box(name))[0] > (await box(toggle))[0], language === 'ar', 'so do the switches');
    assert.equal(await control(person, 'close').getAttribute('aria-label'), own.close);
    await picture('dialog-phone');
    await person.evaluate(axe);
    const { violations } = await person.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
    assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map((node) => node.target)]), []);
    await person.locator('ouinon-banner dialog [data-ouinon="accept-all"]').click();
    const { consent } = await recorded(person, 1);
    assert.equal(consent.choices.analytics, true);
    const small = control(person, 'open');
    assert.equal(await small.innerText(), own.control);
    const [left] = await box(small);
    assert.equal(left > 195, language === 'ar', 'the small control stands at the beginning');
    await small.click();
    const record = person.locator('ouinon-banner .record');
    await record.locator('ol').waitFor({ state: 'attached' });
    assert.ok((await record.innerText()).includes(own.withdraw));
    await picture('record-phone');
    const phone = person.locator('ouinon-banner .who dd', { hasText: '+33' });
    assert.equal(await phone.evaluate((own) => getComputedStyle(own).unicodeBidi), 'plaintext');
    await person.reload();
    await small.waitFor();
    assert.equal(await small.innerText(), own.control, 'known without asking anybody');
    assert.deepEqual(person.problems, []);
    await person.context().close();
  });
}

for (const [lang, locale, expected] of [
  ['pt-BR', 'fr-FR', 'pt-BR'], ['pt', 'fr-FR', 'pt'], ['zh-TW', 'fr-FR', 'zh-Hant'], ['no', 'fr-FR', 'nb'],
  ['', 'pt-BR', 'pt-BR'], ['eo', 'de-AT', 'de'], ['eo', 'eo', 'en'],
])
  test(`a page in "${lang}" asks a browser in ${locale} in ${expected}`, async () => {
    const person = await arrive(lang, { locale });
    assert.equal((await host(person))[0], expected);
    await person.context().close();
  });

test('a page written from left to right shows an Arabic banner from right to left', async () => {
  const person = await arrive('eo', { locale: 'ar-EG' });
  assert.deepEqual(await host(person), ['ar', 'rtl']);
  await person.context().close();
});
