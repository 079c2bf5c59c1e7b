// One record's bundle: the five steps of docs/TRUST.md, in their order, up to the first that fails.
import { createHmac } from 'node:crypto';
import { bytes, sha256 } from './bytes.mjs';
import { canonical } from './canonical.mjs';
import { openCheckpoint } from './checkpoint.mjs';
import { included, leafHash } from './merkle.mjs';
import { openReceipt } from './receipt.mjs';

const RECORD = ['id', 'site', 'version', 'action', 'choices', 'vendors', 'notice', 'method', 'gpc', 'assurance',
  'given_at', 'expires_at'];
const PERSONAL = ['visitor', 'language', 'regime', 'country', 'region'];

/** Throws a sentence that names the first step that fails; `forgotten` where only 1, 2 and 4 can be done. */
export function verifyBundle(bundle, keySet) {
  const { record, notice, receipt, leaf, leaf_key: key, index, size, inclusion, checkpoint } = bundle;

  const tree = step(1, 'checkpoint', () => {
    const opened = openCheckpoint(checkpoint, keySet, { site: record?.site });
    if (opened.size !== size) throw new Error(`it has ${opened.size} leaves, the bundle says ${size}`);
    return opened;
  });
  const leafBytes = step(2, 'inclusion', () => {
    const read = bytes(leaf, 'base64', 33);
    const path = inclusion.map((hash) => bytes(hash, 'hex', 32));
    if (!Number.isSafeInteger(index)) throw new Error(`not an index: ${index}`);
    if (!included(leafHash(read), index, size, path, tree.root)) throw new Error(`the leaf is not at ${index}`);
    return read;
  });
  const forgotten = [record.personal, receipt, key].every((part) => part === null);
  if (!forgotten) {
    step(3, 'leaf', () => {
      if (!leafOf(record, bytes(key, 'base64', 32)).equals(leafBytes)) throw new Error('it commits to another record');
    });
  }
  step(4, 'notice', () => {
    const id = noticeId(notice);
    if (id !== record.notice) throw new Error(`it is ${id}, the record names ${record.notice}`);
  });
  if (!forgotten) {
    step(5, 'receipt', () => {
      const said = openReceipt(receipt, keySet);
      for (const field of RECORD) agree(field, said[field], record[field]);
      for (const field of PERSONAL) agree(field, said[field], record.personal[field]);
    });
  }
  return { forgotten };
}

/** The leaf that commits to a record under its subject's key. */
export function leafOf(record, key) {
  const id = bytes(record.id.replaceAll('-', ''), 'hex', 16);
  return Buffer.concat([Buffer.of(1), createHmac('sha256', key).update(id).update(canonical(record)).digest()]);
}

export const noticeId = (notice) => `sha256:${sha256(canonical(notice)).toString('hex')}`;

function agree(field, said, recorded) {
  if (said === undefined || canonical(said) !== canonical(recorded)) {
    throw new Error(`${field} is ${canonical(said)}, the record says ${canonical(recorded)}`);
  }
}

function step(number, name, check) {
  try {
    return check();
  } catch (error) {
    throw new Error(`step ${number}, ${name}: ${error.message}`, { cause: error });
  }
}
