// SHA-256, Ed25519, and bytes written as text, read strictly: one text for one value.
import { createHash, createPublicKey, verify } from 'node:crypto';

/** The hash over all parts, texts and bytes, one after the other. */
export const sha256 = (...parts) =>
  createHash('sha256').update(Buffer.concat(parts.map((part) => Buffer.from(part)))).digest();

/** Bytes from `hex` (lower case), `base64` (padded) or `base64url` (not padded); `size` where it is known. */
export function bytes(text, form, size) {
  const read = typeof text === 'string' ? Buffer.from(text, form) : null;
  if (read?.toString(form) !== text) throw new Error(`not ${form}: ${text}`);
  if (size !== undefined && read.length !== size) throw new Error(`${read.length} bytes where ${size} belong`);
  return read;
}

/** Whether the Ed25519 key of 32 bytes signed the message. */
export function signed(message, signature, key) {
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: key.toString('base64url') };
  return verify(null, Buffer.from(message), createPublicKey({ key: jwk, format: 'jwk' }), signature);
}
