// `ouinon.d.ts`, as a site that takes it compiles with it.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

const here = path.resolve(import.meta.dirname, '..');
const STRICT = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess', '--module', 'esnext',
  '--moduleResolution', 'bundler', '--target', 'es2022', '--lib', 'es2022,dom', '--types', '', '--ignoreConfig'];

/** What the compiler has to say about these files. */
const complaints = (files, options = []) =>
  promisify(execFile)(process.execPath, [path.join(here, 'node_modules/typescript/bin/tsc'), ...STRICT, ...options, ...files], { cwd: here })
    .then(({ stdout }) => stdout, ({ stdout }) => stdout);

test("a page's code compiles against the declarations alone, and its mistakes are found", async () => {
  assert.equal(await complaints(['ouinon.d.ts', 'tests/page.ts']), '');
});

test('without them it does not', async () => {
  assert.match(await complaints(['tests/page.ts']), /Property 'ouinon' does not exist/);
});

test('every event that is declared is sent, and none besides', () => {
  const text = (file) => readFileSync(path.join(here, file), 'utf8');
  const [, declared] = /interface OuinonEvents {(.*?)\n}/s.exec(text('ouinon.d.ts'));
  const names = [...declared.matchAll(/^ {2}(\w+):/gm)].map(([, name]) => name);
  const sources = ['loader/main.ts', 'widget/screen.ts', 'widget/hold.ts', 'widget/sync.ts', 'widget/first-layer.ts'].map(text).join('');
  const sent = new Set([...sources.matchAll(/emit\('(\w+)'/g)].map(([, name]) => name));
  assert.deepEqual([...sent].toSorted(), names.toSorted());
});
