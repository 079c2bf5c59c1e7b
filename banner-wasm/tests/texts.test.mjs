// The words: the same in every language, few enough on the first layer.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';

const folder = new URL('../texts/', import.meta.url);
const languages = Object.fromEntries(
  readdirSync(folder).map((file) => [file.slice(0, -5), JSON.parse(readFileSync(new URL(file, folder)))]),
);

test('every language has every text, with the same places to fill in', () => {
  const places = (text) => [...text.matchAll(/{\w+}/g)].map(String).sort();
  for (const [language, texts] of Object.entries(languages)) {
    assert.deepEqual(Object.keys(texts), Object.keys(languages.en), language);
    for (const key in texts) assert.deepEqual(places(texts[key]), places(languages.en[key]), `${language} ${key}`);
  }
});

test('the first layer has at most 45 words of its own', () => {
  for (const [language, texts] of Object.entries(languages))
    for (const body of ['banner_body', 'banner_body_opt-out', 'banner_body_notice']) {
      const keys = ['banner_title', body, 'banner_partners', 'reject_all', 'accept_all', 'customise'];
      const words = keys.flatMap((key) => texts[key].split(/\s+/)).length;
      assert.ok(words <= 45, `${language} ${body}: ${words}`);
    }
});
