// `ouinon.d.ts`, as a site that takes it compiles with it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { complaints, here } from './compiler.mjs';

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
