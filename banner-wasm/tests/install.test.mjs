// The recipes of docs/INSTALL.md, which the dashboard shows too: they are the files of
// `server/data/recipes`, and what is TypeScript compiles in a site of its own.
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { complaints, here } from './compiler.mjs';

const recipes = path.join(here, '../server/data/recipes');
const guide = readFileSync(path.join(here, '../docs/INSTALL.md'), 'utf8');

test('the guide has every recipe, word for word', () => {
  for (const name of readdirSync(recipes)) assert.ok(guide.includes(readFileSync(path.join(recipes, name), 'utf8')), name);
});

test('its links lead somewhere', () => {
  const widget = readFileSync(path.join(here, '../docs/WIDGET.md'), 'utf8');
  const anchors = [...widget.matchAll(/^#+ (.*)$/gm)].map(([, title]) => title.toLowerCase().replace(/[^\w -]/g, '').replaceAll(' ', '-'));
  for (const [, anchor] of guide.matchAll(/\(WIDGET\.md#([\w-]+)\)/g)) assert.ok(anchors.includes(anchor), anchor);
});

test('the React and the Vue recipes compile, strictly', async () => {
  // Where a site has its packages.
  const site = mkdtempSync(path.join(here, 'node_modules/.site-'));
  try {
    cpSync(path.join(here, 'ouinon.d.ts'), path.join(site, 'ouinon.d.ts'));
    // Nuxt's own types come with a whole Nuxt.
    const files = readdirSync(recipes).filter((name) => /\.tsx?$/.test(name) && name !== 'nuxt.config.ts');
    assert.deepEqual(files.toSorted(), ['layout.tsx', 'use-allowed.ts', 'use-allowed.tsx']);
    // Two may have one name, as in two sites.
    const copies = files.map((name) => path.join(site, name.replace('.ts', `-${name.endsWith('x') ? 'react' : 'vue'}.ts`)));
    files.forEach((name, at) => cpSync(path.join(recipes, name), copies[at]));
    const said = await complaints([path.join(site, 'ouinon.d.ts'), ...copies], ['--jsx', 'react-jsx', '--skipLibCheck']);
    assert.equal(said, '');
  } finally {
    rmSync(site, { recursive: true });
  }
});
