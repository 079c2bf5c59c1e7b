// The words: the same in every language, few enough on the first layer, yes and no alike.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import zlib from 'node:zlib';

const folder = new URL('../texts/', import.meta.url);
const languages = Object.fromEntries(
  readdirSync(folder).map((file) => [file.slice(0, -5), JSON.parse(readFileSync(new URL(file, folder)))]),
);
const each = (check) => Object.entries(languages).forEach(([language, texts]) => check(language, texts));
const characters = (text) => [...new Intl.Segmenter().segment(text)].length;
// A character of these scripts is two of others wide.
const width = (text) => characters(text) + (text.match(/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/gu) || []).length;

test('the 24 languages of the Union and eleven more', () => {
  const union = 'bg cs da de el en es et fi fr ga hr hu it lt lv mt nl pl pt ro sk sl sv';
  const more = 'ar he is ja ko nb pt-BR tr uk zh zh-Hant';
  assert.deepEqual(Object.keys(languages).sort(), `${union} ${more}`.split(' ').sort());
});

test('every language has every text, with the same places to fill in', () => {
  const places = (text) => [...text.matchAll(/{\w+}/g)].map(String).sort();
  each((language, texts) => {
    assert.deepEqual(Object.keys(texts), Object.keys(languages.en), language);
    for (const key in texts) {
      assert.deepEqual(places(texts[key]), places(languages.en[key]), `${language} ${key}`);
      assert.ok(texts[key].trim() && !/  |[<>]/.test(texts[key]), `${language} ${key}: ${texts[key]}`);
    }
  });
});

test('the first layer has at most 45 words of its own', () => {
  each((language, texts) => {
    for (const body of ['banner_body', 'banner_body_opt-out', 'banner_body_notice']) {
      const keys = ['banner_title', body, 'banner_partners', 'reject_all', 'accept_all', 'customise'];
      const words = keys.flatMap((key) => texts[key].split(/\s+/)).length;
      assert.ok(words <= 45, `${language} ${body}: ${words}`);
      assert.ok(width(texts[body]) <= 200, `${language} ${body}: ${width(texts[body])}`);
    }
  });
});

test('yes and no are equally long', () => {
  for (const [no, yes] of [['reject_all', 'accept_all'], ['action_reject_all', 'action_accept_all']])
    each((language, texts) => {
      const [short, long] = [texts[no], texts[yes]].map(width).sort((a, b) => a - b);
      assert.ok(long <= 1.25 * short || long - short <= 1, `${language}: ${texts[no]} | ${texts[yes]}`);
    });
});

test('buttons and names fit a telephone', () => {
  const limits = { reject_all: 16, accept_all: 16, customise: 16, save: 24, withdraw: 24, always_on: 20, held_once: 20, held_always: 34, control: 20, 'control_opt-out': 42, erase_confirm: 26, banner_title: 26, preferences_title: 26 };
  each((language, texts) => {
    for (const key in limits) assert.ok(width(texts[key]) <= limits[key], `${language} ${key}: ${texts[key]}`);
  });
});

test('a language weighs little', (t) => {
  each((language, texts) => {
    const size = zlib.brotliCompressSync(JSON.stringify(texts)).length;
    t.diagnostic(`${language} ${size}`);
    assert.ok(size <= 1600, `${language}: ${size} bytes`);
  });
});
