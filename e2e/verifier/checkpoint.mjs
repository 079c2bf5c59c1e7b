// Checkpoints of a site's log, C2SP tlog-checkpoint, and whether a later one extends an earlier one.
import { bytes } from './bytes.mjs';
import { EMPTY_ROOT, extended } from './merkle.mjs';
import { openNote, verifierKey } from './note.mjs';

/** Origin, size and root, once the signature of the log that `known` names (by `site` or `origin`) holds. */
export function openCheckpoint(note, keySet, known) {
  const [[field, value]] = Object.entries(known);
  const log = keySet.keys.find((key) => key.ouinon_log?.[field] === value)?.ouinon_log;
  if (!log) throw new Error(`no log key for the ${field} ${value}`);
  const key = verifierKey(log.vkey);
  const [origin, size, root] = openNote(note, key).split('\n');
  if (origin !== key.name) throw new Error(`the log ${origin} signed by ${key.name}`);
  if (!/^(0|[1-9]\d{0,14})$/.test(size)) throw new Error(`not a size: ${size}`);
  const opened = { origin, size: Number(size), root: bytes(root, 'base64', 32) };
  if (opened.size === 0 && !opened.root.equals(EMPTY_ROOT)) throw new Error('an empty log with a root of something');
  return opened;
}

/** Whether an answer of `…/log/consistency` proves that nothing of the older log was changed or taken out. */
export function checkExtension(older, newer, { first, second, proof }) {
  if (older.origin !== newer.origin) throw new Error(`two logs: ${older.origin} and ${newer.origin}`);
  if (older.size > newer.size) throw new Error(`${newer.size} leaves, and there were ${older.size}`);
  if (first !== older.size || second !== newer.size) throw new Error(`a proof from ${first} to ${second} leaves`);
  const path = proof.map((hash) => bytes(hash, 'hex', 32));
  // Everything begins with the empty log: from there a proof has nothing to show.
  const holds = older.size === 0 ? path.length === 0 : extended(older.size, older.root, newer.size, newer.root, path);
  if (!holds) throw new Error(`the log of ${newer.size} leaves does not extend the one of ${older.size}`);
}
