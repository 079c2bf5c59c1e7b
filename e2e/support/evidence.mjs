// A log, receipts and keys of the test's own, made from docs/TRUST.md: what a server that lies could sign.
import { createHash, createHmac, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { canonical } from '../verifier/canonical.mjs';
import { leafHash, nodeHash } from '../verifier/merkle.mjs';

const b64url = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** An Ed25519 key with its entry for a key set. */
export function keyPair(extra = {}) {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const { x } = publicKey.export({ format: 'jwk' });
  const kid = createHash('sha256').update(canonical({ crv: 'Ed25519', kty: 'OKP', x })).digest('base64url');
  const entry = { kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', use: 'sig', kid, x, ...extra };
  const signs = (message) => sign(null, Buffer.from(message), privateKey);
  return { kid, entry, publicKey: Buffer.from(x, 'base64url'), sign: signs };
}

/** A compact JWS; `header` changes what stands in its head. */
export function jws(key, payload, header = {}) {
  const head = { alg: 'EdDSA', kid: key.kid, typ: 'consent-receipt+jws', ...header };
  const message = `${b64url(head)}.${b64url(payload)}`;
  return `${message}.${key.sign(message).toString('base64url')}`;
}

/** A log key of an origin, and the notes it signs. */
export function logKey(site, origin) {
  const key = keyPair();
  const data = Buffer.concat([Buffer.of(1), key.publicKey]);
  const id = createHash('sha256').update(`${origin}\n`).update(data).digest().subarray(0, 4);
  const vkey = `${origin}+${id.toString('hex')}+${data.toString('base64')}`;
  Object.assign(key.entry, { ouinon_log: { site, origin, vkey } });
  const note = (text) => `${text}\n— ${origin} ${Buffer.concat([id, key.sign(text)]).toString('base64')}\n`;
  return { ...key, vkey, note };
}

/**
 * A bundle whose record is the first of two leaves, every signature good. A lie is told by changing a part before
 * what commits to it or signs it: `record`, `said` (the receipt's payload), `leaf`, `text` (the checkpoint's).
 */
export function evidence({ record, said, leaf, text, header } = {}) {
  const site = 'abcdefgh2345';
  const origin = `ouinon.example/log/${site}`;
  const [log, receipts] = [logKey(site, origin), keyPair()];
  const keys = { keys: [receipts.entry, log.entry] };
  const notice = { texts: { fr: { accept_all: 'Tout accepter' } } };
  const shared = {
    id: '0197a3c0-0000-7000-8000-000000000001', site, version: 1, action: 'save', choices: { analytics: true },
    vendors: { audimetre: false }, notice: `sha256:${createHash('sha256').update(canonical(notice)).digest('hex')}`,
    method: 'banner', gpc: false, assurance: 'gesture',
    given_at: '2026-03-01T10:00:01.000000Z', expires_at: '2026-08-28T10:00:01.000000Z',
  };
  const personal = {
    visitor: 'AQEBAQEBAQEBAQEBAQEBAQ', language: 'fr', country: 'FR', region: 'BRE',
    regime: { model: 'opt-in', law: 'GDPR', gpc_honoured: false },
  };
  const whole = {
    ...shared, subject: '3f2504e0-4f89-41d3-9a0c-0305e82c3301', base_version: 0, asked: shared.choices,
    asked_vendors: shared.vendors, body_hash: 'cd'.repeat(32),
    personal: { ...personal, page: null, device: 'other', bot: false, browser_key: null, browser_signature: null },
    ...record,
  };
  const key = randomBytes(32);
  const id = Buffer.from(whole.id.replaceAll('-', ''), 'hex');
  const mac = createHmac('sha256', key).update(id).update(canonical(whole)).digest();
  const first = leaf?.(mac) ?? Buffer.concat([Buffer.of(1), mac]);
  const second = leafHash(randomBytes(33));
  const root = nodeHash(leafHash(first), second);
  const checkpoint = [origin, '2', root.toString('base64'), ''].join('\n');
  return {
    keys,
    log,
    receipts,
    bundle: {
      record: whole,
      notice,
      receipt: jws(receipts, { ...shared, ...personal, ...said }, header),
      leaf: first.toString('base64'),
      leaf_key: key.toString('base64'),
      index: 0,
      size: 2,
      inclusion: [second.toString('hex')],
      checkpoint: log.note(text?.(checkpoint) ?? checkpoint),
    },
  };
}
