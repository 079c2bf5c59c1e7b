// The verifier against known answers of others, and against evidence whose every signature is good and which lies.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { evidence, jws, keyPair } from '../support/evidence.mjs';
import { leafOf, verifyBundle } from '../verifier/bundle.mjs';
import { sha256 } from '../verifier/bytes.mjs';
import { canonical } from '../verifier/canonical.mjs';
import { checkExtension, openCheckpoint } from '../verifier/checkpoint.mjs';
import { EMPTY_ROOT, extended, included, leafHash, treeRoot } from '../verifier/merkle.mjs';
import { openNote, verifierKey } from '../verifier/note.mjs';

const vectors = path.resolve(import.meta.dirname, '../../domain/tests/vectors');
const read = (name) => fs.readFileSync(path.join(vectors, name), 'utf8');
const hex = (text) => Buffer.from(text, 'hex');
/** Sizes up to 2⁶⁴ - 1, which a JavaScript number would round. */
const exact = (text) => JSON.parse(text.replace(/("(?:size1|size2|leaf_index|tree_size)": )(\d+)/g, '$1"$2"'));

function holds(known) {
  const proof = known.proof.map(hex);
  return known.leaf_hash === undefined
    ? extended(BigInt(known.size1), hex(known.root1), BigInt(known.size2), hex(known.root2), proof)
    : included(hex(known.leaf_hash), BigInt(known.leaf_index), BigInt(known.tree_size), proof, hex(known.root));
}

test('canonical JSON is that of RFC 8785', () => {
  // Sections 3.2.2 and 3.2.3.
  assert.equal(
    canonical(JSON.parse(String.raw`{"numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false]}`)),
    String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],`
      + String.raw`"string":"€$\u000f\nA'B\"\\\\\"/"}`,
  );
  const sorted = ['\r', '1', '\u0080', '\u00f6', '\u20ac', '\ud83d\ude00', '\ufb33'];
  const object = Object.fromEntries(sorted.toReversed().map((key) => [key, 0]));
  assert.equal(canonical(object), `{${sorted.map((key) => `${JSON.stringify(key)}:0`).join(',')}}`);
  for (const impossible of ['\ud800', { '\udc00': 1 }, Infinity, NaN]) assert.throws(() => canonical(impossible));
});

test('known leaves', () => {
  const known = JSON.parse(read('leaf.json'));
  assert.equal(known.length, 3);
  for (const { record, leaf_key: key, canonical: text, leaf, leaf_hash: hash } of known) {
    assert.equal(canonical(record), text);
    assert.equal(leafOf(record, hex(key)).toString('hex'), leaf);
    assert.equal(leafHash(hex(leaf)).toString('hex'), hash);
  }
});

test('the tree of RFC 6962', (t) => {
  const known = exact(read('rfc6962-vectors.json'));
  const hashes = known.leaf_inputs.map((input) => leafHash(hex(input)));
  assert.deepEqual(hashes.map((hash) => hash.toString('hex')), known.leaf_hashes);
  const roots = known.roots.map((_, size) => treeRoot(hashes.slice(0, size)).toString('hex'));
  assert.deepEqual(roots, known.roots);
  const count = { inclusion: 36, consistency: 36, inclusion_reject: 120, consistency_reject: 139 };
  for (const [kind, expected] of Object.entries(count)) {
    assert.equal(known[kind].length, expected);
    for (const proof of known[kind]) assert.equal(holds(proof), !kind.endsWith('reject'), JSON.stringify(proof));
  }
  t.diagnostic(JSON.stringify(count));
});

test('the proofs that transparency-dev/merkle accepts and refuses', (t) => {
  const known = read('merkle-upstream.jsonl').trim().split('\n').map(exact);
  assert.equal(known.length, 196);
  for (const proof of known) assert.equal(holds(proof), proof.valid, proof.file);
  const good = known.filter(({ valid }) => valid).length;
  t.diagnostic(`${good} hold, ${known.length - good} do not`);
});

test('the note of the C2SP text, with signatures of others around it', () => {
  // golang.org/x/mod/sumdb/note, where the format comes from.
  const key = verifierKey('PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW');
  const text = 'If you think cryptography is the answer to your problem,\nthen you don\'t know what your problem is.\n';
  const mine = '— PeterNeumann '
    + 'x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n';
  const other = '— EnochRoot '
    + 'rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n';
  for (const lines of [mine, mine + other, other + mine]) assert.equal(openNote(`${text}\n${lines}`, key), text);
  for (const note of [
    `${text}\n${other}`, text + mine, `${text}\n`, text, '', `\n${mine}`, `${text}\n${mine.trimEnd()}`,
    `${text}\n${mine}${mine.replace('x08go/ZJ', 'x08go/ZK')}`, `${text}\n${mine}no signature\n`,
    `${text}\u0000\n${mine}`, `${text.replace('If', 'if')}\n${mine}`, `${text}\n${text}\n${mine}`,
  ]) assert.throws(() => openNote(note, key), note);
  for (const vkey of ['', 'PeterNeumann', 'Peter+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW',
    'PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW',
    'PeterNeumann+c74f20a3+Ahpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW']) assert.throws(() => verifierKey(vkey), vkey);
  const data = 'Ahpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
  const id = sha256('PeterNeumann\n', Buffer.from(data, 'base64')).toString('hex', 0, 4);
  assert.throws(() => verifierKey(`PeterNeumann+${id}+${data}`), /unknown kind/);
});

const lines = (change) => (text) => change(text.split('\n')).join('\n');
const opened = ({ bundle, keys, log }, text) =>
  openCheckpoint(text ? log.note(text) : bundle.checkpoint, keys, { site: bundle.record.site });

test('evidence that agrees with itself is accepted', () => {
  for (const variant of [{}, { text: lines(([origin, size, root]) => [origin, size, root, 'an extension', '']) }]) {
    const { bundle, keys } = evidence(variant);
    assert.deepEqual(verifyBundle(bundle, keys), { forgotten: false });
    assert.throws(() => verifyBundle({ ...bundle, index: '0' }, keys), /^Error: step 2, inclusion: not an index/);
  }
});

test('good signatures do not help a lie', () => {
  const { region, ...nowhere } = evidence().bundle.record.personal;
  const lies = {
    'another size': [1, { text: lines(([origin, , ...rest]) => [origin, '3', ...rest]) }],
    'a size written otherwise': [1, { text: lines(([origin, , ...rest]) => [origin, '02', ...rest]) }],
    'another log': [1, { text: lines(([, ...rest]) => ['ouinon.example/log/elsewhere', ...rest]) }],
    'a short root': [1, { text: lines(([origin, size]) => [origin, size, 'AAAA', '']) }],
    'a character that no note has': [1, { text: lines(([origin, size, root]) => [origin, size, root, 'x\u0001', '']) }],
    'another root': [2, { text: lines(([origin, size]) => [origin, size, EMPTY_ROOT.toString('base64'), '']) }],
    'a leaf of another format': [3, { leaf: (mac) => Buffer.concat([Buffer.of(2), mac]) }],
    'a leaf of another length': [2, { leaf: (mac) => Buffer.concat([Buffer.of(1), mac, mac]) }],
    'a leaf of something else': [3, { leaf: (mac) => Buffer.concat([Buffer.of(1), mac.reverse()]) }],
    'an id written otherwise': [3, { record: { id: '0197a3c0' } }],
    'another notice': [4, { record: { notice: `sha256:${'ab'.repeat(32)}` } }],
    'a record and a receipt without a place': [5, { record: { personal: nowhere }, said: { region: undefined } }],
    'no algorithm': [5, { header: { alg: 'none' } }],
    'another algorithm': [5, { header: { alg: 'HS256' } }],
    'another kind of token': [5, { header: { typ: 'JWT' } }],
    'another key': [5, { header: { kid: 'elsewhere' } }],
    'an extension that must be understood': [5, { header: { crit: ['exp'] } }],
  };
  const said = {
    id: '0197a3c0-0000-7000-8000-000000000002', site: 'elsewhere', version: 2, action: 'accept_all', choices: {},
    vendors: {}, notice: 'sha256:', method: 'preferences', gpc: true, assurance: 'unknown', given_at: '',
    expires_at: '', visitor: '', language: 'en', regime: {}, country: null, region: null,
  };
  for (const field of Object.keys(said)) {
    lies[`a receipt with another ${field}`] = [5, { said: { [field]: said[field] } }, `${field} is `];
    lies[`a receipt without ${field}`] = [5, { said: { [field]: undefined } }, `${field} is `];
  }
  for (const [what, [number, lie, reason = '']] of Object.entries(lies)) {
    const { bundle, keys } = evidence(lie);
    assert.throws(() => verifyBundle(bundle, keys), (error) => {
      assert.match(error.message, new RegExp(`^step ${number}, [a-z]+: ${reason}`), what);
      return true;
    }, what);
  }
});

test('a log key signs no receipt, and a receipt key no checkpoint', () => {
  const { bundle, keys, log, receipts } = evidence();
  const payload = JSON.parse(Buffer.from(bundle.receipt.split('.')[1], 'base64url'));
  const fails = (changed, sentence) => assert.throws(() => verifyBundle({ ...bundle, ...changed }, keys), sentence);
  fails({ receipt: jws(log, payload, { kid: log.entry.kid }) }, /step 5, receipt: no receipt key/);
  fails({ receipt: jws(log, payload, { kid: receipts.kid }) }, /step 5, receipt: the signature does not fit/);
  fails({ receipt: jws(keyPair(), payload) }, /step 5, receipt: no receipt key/);
  const text = openNote(bundle.checkpoint, verifierKey(log.vkey));
  const line = bundle.checkpoint.split('\n').at(-2).split(' ');
  const id = Buffer.from(line[2], 'base64').subarray(0, 4);
  const forged = Buffer.concat([id, receipts.sign(text)]).toString('base64');
  fails({ checkpoint: `${text}\n${line[0]} ${line[1]} ${forged}\n` }, /step 1, checkpoint: the signature does not fit/);
});

test('who is forgotten leaves the log as it is, and nothing half', () => {
  const { bundle, keys } = evidence({ record: { personal: null } });
  const forgotten = { ...bundle, receipt: null, leaf_key: null };
  assert.deepEqual(verifyBundle(forgotten, keys), { forgotten: true });
  assert.throws(() => verifyBundle({ ...forgotten, receipt: bundle.receipt }, keys), /^Error: step 3, leaf: /);
  assert.throws(() => verifyBundle({ ...forgotten, leaf_key: bundle.leaf_key }, keys), /^Error: step 5, receipt: /);
  assert.throws(() => verifyBundle({ ...forgotten, notice: {} }, keys), /^Error: step 4, notice: /);
  const whole = evidence();
  assert.throws(() => verifyBundle({ ...whole.bundle, leaf_key: null }, whole.keys), /^Error: step 3, leaf: /);
  assert.throws(() => verifyBundle({ ...whole.bundle, receipt: null }, whole.keys), /^Error: step 5, receipt: /);
});

test('an empty log has the empty root, and a log never shrinks', () => {
  const made = evidence();
  const [origin] = made.bundle.checkpoint.split('\n');
  const empty = (root) => opened(made, `${origin}\n0\n${root.toString('base64')}\n`);
  assert.throws(() => empty(leafHash('')), /empty/);
  const [none, two] = [empty(EMPTY_ROOT), opened(made)];
  checkExtension(none, none, { first: 0, second: 0, proof: [] });
  checkExtension(none, two, { first: 0, second: 2, proof: [] });
  const tooMuch = { first: 0, second: 2, proof: made.bundle.inclusion };
  assert.throws(() => checkExtension(none, two, tooMuch), /does not extend/);
  assert.throws(() => checkExtension(two, none, { first: 2, second: 0, proof: [] }), /there were 2/);
});
