// The Merkle tree of RFC 9162, section 2.1: hashes and the two proofs, with the RFC's own names.
import { sha256 } from './bytes.mjs';

export const leafHash = (leaf) => sha256([0], leaf);
export const nodeHash = (left, right) => sha256([1], left, right);
export const EMPTY_ROOT = sha256();

/** 2.1.1: the root over leaf hashes, split at the largest power of two below their number. */
export function treeRoot(hashes) {
  if (hashes.length < 2) return hashes[0] ?? EMPTY_ROOT;
  let k = 1;
  while (k * 2 < hashes.length) k *= 2;
  return nodeHash(treeRoot(hashes.slice(0, k)), treeRoot(hashes.slice(k)));
}

/** 2.1.3.2: whether `path` leads from `hash` at `index` to the root of a tree of `size` leaves. */
export function included(hash, index, size, path, root) {
  let [fn, sn] = [BigInt(index), BigInt(size) - 1n];
  if (fn < 0n || fn > sn || hash.length !== 32) return false;
  let r = hash;
  for (const p of path) {
    if (sn === 0n) return false;
    if (odd(fn) || fn === sn) {
      r = nodeHash(p, r);
      while (!odd(fn) && fn !== 0n) [fn, sn] = [fn >> 1n, sn >> 1n];
    } else {
      r = nodeHash(r, p);
    }
    [fn, sn] = [fn >> 1n, sn >> 1n];
  }
  return sn === 0n && r.equals(root);
}

/** 2.1.4.2: whether `path` shows that the tree of `second` leaves begins with the one of `first`, not empty. */
export function extended(first, firstRoot, second, secondRoot, path) {
  const [older, newer] = [BigInt(first), BigInt(second)];
  if (older < 1n || older > newer) return false;
  if (older === newer) return path.length === 0 && firstRoot.equals(secondRoot);
  if (path.length === 0) return false;
  let [fn, sn] = [older - 1n, newer - 1n];
  while (odd(fn)) [fn, sn] = [fn >> 1n, sn >> 1n];
  const powerOfTwo = (older & (older - 1n)) === 0n;
  const [start, ...rest] = powerOfTwo ? [firstRoot, ...path] : path;
  let [fr, sr] = [start, start];
  for (const c of rest) {
    if (sn === 0n) return false;
    if (odd(fn) || fn === sn) {
      [fr, sr] = [nodeHash(c, fr), nodeHash(c, sr)];
      while (!odd(fn) && fn !== 0n) [fn, sn] = [fn >> 1n, sn >> 1n];
    } else {
      sr = nodeHash(sr, c);
    }
    [fn, sn] = [fn >> 1n, sn >> 1n];
  }
  return sn === 0n && fr.equals(firstRoot) && sr.equals(secondRoot);
}

const odd = (number) => (number & 1n) === 1n;
