// Signed notes and the keys that verify them, C2SP signed-note.
import { bytes, sha256, signed } from './bytes.mjs';

const ED25519 = 1;

/** A verifier key: `name+hex(key id)+base64(0x01 ‖ public key)`. */
export function verifierKey(vkey) {
  const [, name, id, data] = /^([^+\s]+)\+([0-9a-f]{8})\+(.+)$/.exec(vkey) ?? [];
  if (!name) throw new Error(`not a verifier key: ${vkey}`);
  const key = bytes(data, 'base64', 33);
  if (key[0] !== ED25519) throw new Error(`${name} has a key of an unknown kind`);
  if (sha256(name, '\n', key).toString('hex', 0, 4) !== id) throw new Error(`${name} has another key id`);
  return { name, id, key: key.subarray(1) };
}

/** The note's text, with its last newline, once the key's signature under it holds. */
export function openNote(note, { name, id, key }) {
  if (!note.isWellFormed() || /[\x00-\x09\x0b-\x1f]/.test(note)) throw new Error('characters that no note has');
  const blank = note.lastIndexOf('\n\n');
  const [text, lines] = [note.slice(0, blank + 1), note.slice(blank + 2)];
  if (blank < 0 || !lines.endsWith('\n')) throw new Error('not a signed note');
  const signatures = lines.slice(0, -1).split('\n').map(signatureLine)
    .filter((line) => line.name === name && line.id === id);
  if (signatures.length === 0) throw new Error(`${name} did not sign it`);
  if (!signatures.every(({ signature }) => signed(text, signature, key))) throw new Error('the signature does not fit');
  return text;
}

/** `— name base64(key id ‖ signature)`. */
function signatureLine(line) {
  const [, name, data] = /^— ([^+\s]+) (\S+)$/.exec(line) ?? [];
  if (!name) throw new Error(`not a signature: ${line}`);
  const signature = bytes(data, 'base64');
  return { name, id: signature.toString('hex', 0, 4), signature: signature.subarray(4) };
}
