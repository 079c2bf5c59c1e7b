// Receipts verify from the published key set with two JOSE libraries that are not ours, and forged ones do not.
import assert from 'node:assert/strict';
import { createHmac, createPublicKey, randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { createVerifier } from 'fast-jwt';
import { compactVerify, createLocalJWKSet } from 'jose';
import { Poster, firstChoice } from '../../torture/journal.mjs';
import { jws, keyPair, logKey } from '../support/evidence.mjs';
import { Ouinon } from '../support/world.mjs';
import { openReceipt } from '../verifier/receipt.mjs';

const ORIGIN = 'http://127.0.0.1:9';
const TYPE = 'consent-receipt+jws';

let ouinon;
let site;
let keys;
const answers = [];

async function post(poster, body) {
  const { status, text } = await poster.post(JSON.stringify(body));
  assert.equal(status, 201, text);
  answers.push(JSON.parse(text));
}

before(async () => {
  ouinon = await Ouinon.create();
  await ouinon.command(['migrate', 'up']);
  site = await ouinon.site([ORIGIN]);
  await ouinon.serve();
  const poster = new Poster(ouinon, site, ORIGIN, 1);
  const first = JSON.parse(firstChoice(site.notice));
  const choices = { functional: true, analytics: false, advertising: true, retargeting: false };
  await post(poster, first);
  await post(poster, { id: randomUUID(), visitor_secret: first.visitor_secret, action: 'withdraw' });
  await post(poster, { ...JSON.parse(firstChoice(site.notice)), action: 'save', choices, vendors: { adspot: false } });
  poster.close();
  keys = await (await fetch(`${ouinon.url}/.well-known/jwks.json`)).json();
});
after(() => ouinon?.stop());

/** What a JOSE library may be handed: log keys are for checkpoints. */
const receiptKeys = ({ keys: all }) => ({ keys: all.filter((key) => !key.ouinon_log) });
const pem = (key) => createPublicKey({ key, format: 'jwk' }).export({ type: 'spki', format: 'pem' });

/** Each gives the payload, or an error with a code of its own. */
const libraries = {
  async jose(receipt, keySet) {
    const { payload, protectedHeader } =
      await compactVerify(receipt, createLocalJWKSet(receiptKeys(keySet)), { algorithms: ['EdDSA'] });
    assert.equal(protectedHeader.typ, TYPE);
    return JSON.parse(new TextDecoder().decode(payload));
  },
  async 'fast-jwt'(receipt, keySet) {
    const key = async ({ header }) => {
      const found = receiptKeys(keySet).keys.find(({ kid }) => kid === header.kid);
      if (!found) throw new Error(`no key ${header.kid}`);
      return pem(found);
    };
    return createVerifier({ key, algorithms: ['EdDSA'], checkTyp: TYPE })(receipt);
  },
  ours: async (receipt, keySet) => openReceipt(receipt, keySet),
};

for (const [name, verify] of Object.entries(libraries)) {
  test(`receipts of a yes, a withdrawal and a mixed choice verify: ${name}`, async () => {
    assert.deepEqual(answers.map(({ action }) => action), ['accept_all', 'withdraw', 'save']);
    for (const { receipt, ...rest } of answers) assert.deepEqual(await verify(receipt, keys), rest);
  });
}

/** What was forged, with the codes by which the two libraries refuse it, and our own verifier's words. */
const forgeries = () => {
  const { receipt, ...payload } = answers[0];
  const [head, body, signature] = receipt.split('.');
  const header = JSON.parse(Buffer.from(head, 'base64url'));
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const headed = (changes) => encode({ ...header, ...changes });
  const published = receiptKeys(keys).keys[0];
  const log = keys.keys.find((key) => key.ouinon_log);

  const badSignature = ['ERR_JWS_SIGNATURE_VERIFICATION_FAILED', 'FAST_JWT_INVALID_SIGNATURE', /does not fit/];
  const badAlgorithm = ['ERR_JOSE_ALG_NOT_ALLOWED', 'FAST_JWT_INVALID_ALGORITHM', /^alg is /];
  const noKey = ['ERR_JWKS_NO_MATCHING_KEY', 'FAST_JWT_KEY_FETCHING_ERROR', /^no receipt key/];

  const withSecret = (secret) => {
    const message = `${headed({ alg: 'HS256' })}.${encode({ ...payload, action: 'reject_all' })}`;
    return `${message}.${createHmac('sha256', secret).update(message).digest('base64url')}`;
  };
  const stranger = keyPair();
  const madeUp = logKey(site.id, log.ouinon_log.origin);
  return {
    'a changed payload': [`${head}.${encode({ ...payload, action: 'reject_all' })}.${signature}`, badSignature],
    'a changed signature': [`${head}.${body}.${(signature[0] === 'A' ? 'B' : 'A') + signature.slice(1)}`, badSignature],
    'a header with more in it': [`${headed({ cty: 'x' })}.${body}.${signature}`, badSignature],
    "another's signature under our kid": [jws({ ...stranger, kid: published.kid }, payload), badSignature],
    'alg none, signature kept': [`${headed({ alg: 'none' })}.${body}.${signature}`, badAlgorithm],
    'alg none, no signature': [`${headed({ alg: 'none' })}.${body}.`,
      ['ERR_JOSE_ALG_NOT_ALLOWED', 'FAST_JWT_MISSING_SIGNATURE', /^alg is none/]],
    'HS256, the PEM as secret': [withSecret(pem(published)), badAlgorithm],
    'HS256, the bytes as secret': [withSecret(Buffer.from(published.x, 'base64url')), badAlgorithm],
    'HS256, the text as secret': [withSecret(published.x), badAlgorithm],
    'HS256, the entry as secret': [withSecret(JSON.stringify(published)), badAlgorithm],
    'an unknown kid': [`${headed({ kid: stranger.kid })}.${body}.${signature}`, noKey],
    'an unknown key, well signed': [jws(stranger, payload), noKey],
    "a log key's kid": [`${headed({ kid: log.kid })}.${body}.${signature}`, noKey],
    'a log key, well signed': [jws(madeUp, payload), noKey, { keys: [...keys.keys, madeUp.entry] }],
  };
};

test('forged receipts are refused, each for its own reason', async (t) => {
  let count = 0;
  for (const [what, [forged, codes, keySet = keys]] of Object.entries(forgeries())) {
    for (const [i, [name, verify]] of Object.entries(libraries).entries()) {
      await assert.rejects(verify(forged, keySet), (error) => {
        if (name === 'ours') assert.match(error.message, codes[i], what);
        else assert.equal(error.code, codes[i], `${name}: ${what}: ${error}`);
        return true;
      }, `${name}: ${what}`);
      count += 1;
    }
  }
  t.diagnostic(`${count} refusals`);
});
