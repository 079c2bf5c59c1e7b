// The command: checks a bundle, or a checkpoint and what it grew from, with the published key set alone.
import fs from 'node:fs';
import { verifyBundle } from './bundle.mjs';
import { checkExtension, openCheckpoint } from './checkpoint.mjs';

const USAGE = `node e2e/verifier/main.mjs bundle FILE KEYS
node e2e/verifier/main.mjs checkpoint FILE KEYS [OLDER PROOF]

FILE   the answer of …/consents/{id}/proof, or of …/log/checkpoint
KEYS   the answer of /.well-known/jwks.json
OLDER  a checkpoint kept from before, and PROOF the answer of …/log/consistency between the two

Ends with 0: everything holds. 1: something does not, and is named. 2: nothing was decided.`;

class Undecided extends Error {}

const text = (path) => {
  try {
    return fs.readFileSync(path, 'utf8');
  } catch (error) {
    throw new Undecided(error.message);
  }
};
const json = (path) => {
  const read = text(path);
  try {
    return JSON.parse(read);
  } catch (error) {
    throw new Undecided(`${path}: ${error.message}`);
  }
};

function bundle(path, keys) {
  const read = json(path);
  if (verifyBundle(read, json(keys)).forgotten) {
    throw new Undecided('The person is forgotten: the log has this leaf, but nothing ties the record to it any more.');
  }
  return `Record ${read.record.id} is leaf ${read.index} of ${read.size}, and all five steps hold.`;
}

function checkpoint(path, keys, older, proof) {
  const open = (note) => openCheckpoint(note, json(keys), { origin: note.split('\n', 1)[0] });
  const now = open(text(path));
  if (!older) return `${now.origin} signed ${now.size} leaves.`;
  const before = open(text(older));
  checkExtension(before, now, json(proof));
  return `${now.origin} signed ${now.size} leaves, which extend the ${before.size} it signed before.`;
}

const COMMANDS = { 'bundle 2': bundle, 'checkpoint 2': checkpoint, 'checkpoint 4': checkpoint };

try {
  const [name, ...paths] = process.argv.slice(2);
  const command = COMMANDS[`${name} ${paths.length}`];
  if (!command) throw new Undecided(USAGE);
  console.log(command(...paths));
} catch (error) {
  console.error(error.message);
  process.exitCode = error instanceof Undecided ? 2 : 1;
}
