// What a visitor takes home is proof: the saved receipt verifies with a library that is not ours.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before, test } from 'node:test';
import { compactVerify, createLocalJWKSet } from 'jose';
import { openWorld } from '../support/world.mjs';
import { bannerShown, control, inPage, recorded, visitor } from '../support/browser.mjs';

let world;
before(async () => { world = await openWorld(); });
after(() => world?.close());

const published = async () =>
  createLocalJWKSet(await (await fetch(`${world.ouinon.url}/.well-known/jwks.json`)).json());

/** The compact JWS in a saved file, whatever is written around it. */
function receiptIn(text) {
  const found = text.match(/[\w-]{10,}\.[\w-]{10,}\.[\w-]{20,}/);
  assert.ok(found, `no receipt in: ${text.slice(0, 200)}`);
  return found[0];
}

test('the saved receipt verifies, and a changed one does not', async () => {
  const page = await visitor(world.browser);
  await page.goto(`${world.shop.url}/fr/`);
  await bannerShown(page);
  await control(page, 'accept-all').click();
  const { visitor: id } = await recorded(page, 1);
  await page.goto(`${world.shop.url}/fr/cookies`);
  const saving = page.waitForEvent('download');
  await inPage(page, 'receipt').click();
  const receipt = receiptIn(fs.readFileSync(await (await saving).path(), 'utf8'));

  const keys = await published();
  const { payload, protectedHeader } = await compactVerify(receipt, keys, { algorithms: ['EdDSA', 'Ed25519'] });
  const record = JSON.parse(new TextDecoder().decode(payload));
  assert.ok(protectedHeader.kid);
  assert.equal(record.visitor, id);
  assert.equal(record.site, world.site.id);
  assert.equal(record.notice, world.site.notice);
  assert.equal(record.action, 'accept_all');
  assert.ok(!('exp' in record));

  const [head, , signature] = receipt.split('.');
  const forged = Buffer.from(JSON.stringify({ ...record, action: 'reject_all' })).toString('base64url');
  await assert.rejects(compactVerify(`${head}.${forged}.${signature}`, keys));
  await page.context().close();
});

test('the notice that was shown can be read for good', async () => {
  const answer = await fetch(`${world.ouinon.url}/notices/${world.site.notice}`);
  assert.equal(answer.status, 200);
});
