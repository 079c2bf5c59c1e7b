// axe in a page, shadow roots included.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';

const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** It finds nothing; each violation, and with `sure` whatever it could not decide, would be named with its place. */
export async function check(page, { within, sure } = {}) {
  await page.evaluate(axe);
  const results = await page.evaluate(([within]) => window.axe.run(within || document), [within]);
  const kinds = sure ? ['violations', 'incomplete'] : ['violations'];
  const found = kinds.flatMap((kind) => results[kind]).flatMap(({ id, nodes }) => nodes.map((node) =>
    `${id}: ${node.target.join(' ')} ${sure ? node.any.map(({ message }) => message).join('; ') : ''}`.trim()));
  assert.deepEqual(found, []);
}
