// In which of the site's languages the small control speaks; the server answers for what asks in the same way.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { source } from './source.mjs';

// As the server writes it for en, pt, pt-BR, zh, zh-Hant, nb and he (`domain/src/language.rs`).
const languages = {
  en: 'en', pt: 'pt', 'pt-br': 'pt-BR', zh: 'zh', 'zh-hant': 'zh-Hant', nb: 'nb', he: 'he',
  no: 'nb', nn: 'nb', iw: 'he', 'zh-tw': 'zh-Hant', 'zh-hk': 'zh-Hant', 'zh-mo': 'zh-Hant',
};

/** What a page in `lang` shows to a browser that prefers `preferred`. */
const shown = async (lang, preferred = [], usual = 'en') => {
  Object.defineProperty(globalThis, 'navigator', { configurable: true, value: { languages: preferred } });
  globalThis.document = { documentElement: { lang } };
  const { default: label } = await source('loader/label.ts');
  return label(languages, usual);
};

for (const [lang, expected] of [
  ['pt-BR', 'pt-BR'], ['PT-br', 'pt-BR'], ['pt', 'pt'], ['pt-PT', 'pt'],
  ['zh-TW', 'zh-Hant'], ['zh-Hant-TW', 'zh-Hant'], ['zh-CN', 'zh'], ['zh-Hans-CN', 'zh'],
  ['no', 'nb'], ['nn-NO', 'nb'], ['nb-NO', 'nb'], ['iw', 'he'], ['de-CH', 'en'], ['x', 'en'], ['', 'en'],
])
  test(`a page in "${lang}" has it in ${expected}`, async () => assert.equal(await shown(lang), expected));

test('the page comes before the browser, the browser before the site', async () => {
  assert.equal(await shown('he', ['pt-BR', 'en']), 'he');
  assert.equal(await shown('de', ['fr', 'pt-BR', 'en']), 'pt-BR');
  assert.equal(await shown('', ['zh-TW'], 'nb'), 'zh-Hant');
  assert.equal(await shown('de', ['fr'], 'nb'), 'nb');
});
