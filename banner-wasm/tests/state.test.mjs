// What the cookie says and how much of it holds: the table behind `allowed`.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { source } from './source.mjs';

const { parse } = await source('loader/consent/state.ts');
const { cookie: named } = await source('loader/cookie.ts');
const config = JSON.parse(readFileSync(new URL('config.json', import.meta.url)));
const current = '1b16b1df';
const now = 1_800_000_000;
const cookie = (choices, { notice = current, expiry = now + 60 } = {}) => `a=b; ouinon=1.visitor.7.${expiry}.${notice}.${choices}; c=d`;
const all = 'functional:1!analytics:1!advertising:1!retargeting:1';
const none = all.replaceAll(':1', ':0');
/** What a page does with its cookies. */
const read = (text) => {
  globalThis.document = { cookie: text || '' };
  return parse((named('ouinon') || '').split('.'), config, now);
};

test('reads a choice under the current notice', () => {
  const [consented, stale] = read(cookie('functional:0!analytics:1!advertising:0!retargeting:1!v/adnet:0'));
  assert.equal(stale, false);
  assert.equal(consented.version, 7);
  assert.deepEqual(consented.choices, { functional: false, analytics: true, advertising: false, retargeting: true });
  assert.deepEqual(consented.vendors, { adnet: false });
});

for (const [name, text] of [
  ['nothing', undefined],
  ['an empty cookie', 'ouinon='],
  ['another format', cookie(all).replace('=1.', '=2.')],
  ['an expired choice', cookie(all, { expiry: now })],
  ['an expiry that is no number', cookie(all, { expiry: 'x' })],
  ['a cut cookie', 'ouinon=1.visitor.7'],
  ['a cookie whose name ends like ours', cookie(all).replace('ouinon', 'x-ouinon')],
  ['what another cookie says', cookie(all).replace('ouinon', 'x=ouinon')],
])
  test(`${name} is no choice`, () => assert.deepEqual(read(text), []));

test('an older notice whose bases still hold asks nothing', () => {
  const [consented, stale] = read(cookie(all, { notice: '5f1c09ab' }));
  assert.equal(stale, false);
  assert.equal(consented.choices.advertising, true);
});

test('an older notice loses the grants that no longer hold, and asks again', () => {
  const [consented, stale] = read(cookie(all, { notice: 'c3d2e1f0' }));
  assert.equal(stale, true);
  assert.deepEqual(consented.choices, { functional: true, analytics: true, advertising: false, retargeting: true });
});

test('a refusal is never asked again because of a notice', () => {
  for (const notice of ['5f1c09ab', 'c3d2e1f0', '00000000', 'constructor'])
    assert.equal(read(cookie(none, { notice }))[1], false, notice);
});

test('an unknown notice loses every grant', () => {
  const [consented, stale] = read(cookie(all, { notice: '00000000' }));
  assert.equal(stale, true);
  assert.ok(Object.values(consented.choices).every((on) => !on));
});

test('a purpose that was never asked is asked', () => {
  const [consented, stale] = read(cookie('functional:1!analytics:0!advertising:0'));
  assert.equal(stale, true);
  assert.deepEqual(consented.choices, { functional: true, analytics: false, advertising: false, retargeting: false });
});

test('a purpose that is gone is forgotten', () => {
  assert.equal('social' in read(cookie(`${all}!social:1`))[0].choices, false);
});
