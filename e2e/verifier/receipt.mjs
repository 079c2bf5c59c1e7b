// Receipts: compact JWS, RFC 7515, with EdDSA over Ed25519, RFC 8037.
import { bytes, signed } from './bytes.mjs';

const isReceiptKey = (key) => key.kty === 'OKP' && key.crv === 'Ed25519' && !key.ouinon_log;

/** The payload, once the signature of a receipt key of the set holds. */
export function openReceipt(receipt, keySet) {
  if (typeof receipt !== 'string') throw new Error('there is none');
  const parts = receipt.split('.');
  if (parts.length !== 3) throw new Error(`${parts.length} parts where 3 belong`);
  const [header, payload, signature] = parts.map((part) => bytes(part, 'base64url'));
  const { alg, typ, kid, crit } = JSON.parse(header);
  if (alg !== 'EdDSA') throw new Error(`alg is ${alg}, not EdDSA`);
  if (typ !== 'consent-receipt+jws') throw new Error(`typ is ${typ}, not consent-receipt+jws`);
  if (crit !== undefined) throw new Error('crit asks for what we do not know');
  const key = keySet.keys.find((entry) => entry.kid === kid && isReceiptKey(entry));
  if (!key) throw new Error(`no receipt key ${kid}`);
  const message = receipt.slice(0, receipt.lastIndexOf('.'));
  if (!signed(message, signature, bytes(key.x, 'base64url', 32))) throw new Error('the signature does not fit');
  return JSON.parse(payload);
}
