// Measures and writes docs/BENCHMARKS.md; parts that were not asked for keep their last figures.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { launch } from '../e2e/support/browser.mjs';
import { startPostgres } from '../e2e/support/databases.mjs';
import { freePort } from '../e2e/support/process.mjs';
import { Ouinon } from '../e2e/support/world.mjs';
import { bannerSection, measureBanners } from './banner.mjs';
import { bytesSection, measureBytes } from './bytes.mjs';
import { compareSection, measureComparison } from './compare.mjs';
import { elementsSection, measureElements } from './elements.mjs';
import { logSection, measureLog } from './log.mjs';
import { servePages, targets } from './pages.mjs';
import { measureVerify, verifySection } from './verify.mjs';

const peerFolder = path.join(import.meta.dirname, 'node_modules/vanilla-cookieconsent/dist');
const { values } = parseArgs({ options: {
  only: { type: 'string', default: 'bytes,banner,elements,compare,log,verify' },
  runs: { type: 'string', default: '5' },
  // Of the comparison, with three records each.
  visitors: { type: 'string', default: '1000000' },
} });
const page = path.resolve(import.meta.dirname, '../docs/BENCHMARKS.md');

async function withOuinon(env, origins, work) {
  const ouinon = await Ouinon.create({ OUINON_RATE_LIMITS: 'off', ...env });
  try {
    await ouinon.command(['migrate', 'up']);
    const site = await ouinon.site(origins);
    await ouinon.serve();
    return await work(ouinon, site);
  } finally {
    await ouinon.stop();
  }
}

const parts = {
  bytes: () => withOuinon({}, ['http://127.0.0.1:9'], async (ouinon, site) =>
    bytesSection(await measureBytes(ouinon, site, { folder: peerFolder, files: ['cookieconsent.umd.js', 'cookieconsent.css'] }))),

  async banner(runs) {
    const port = await freePort();
    const origin = `http://127.0.0.1:${port}`;
    return withOuinon({}, [origin], async (ouinon, site) => {
      const all = targets(site.snippet, `${ouinon.url}/b/${site.id}.js`);
      const served = await servePages(peerFolder, port);
      for (const { path: where, html } of all) served.add(where, 'text/html', html);
      const browser = await launch();
      try {
        return bannerSection(await measureBanners(browser, origin, all, runs), browser.version());
      } finally {
        await browser.close();
        served.stop();
      }
    });
  },

  elements: (runs) => withOuinon({}, ['http://127.0.0.1:9'], async (ouinon, site) => {
    const browser = await launch();
    try {
      return elementsSection(await measureElements(browser, ouinon, site, runs));
    } finally {
      await browser.close();
    }
  }),

  compare: async (runs) => compareSection(await measureComparison(runs, Number(values.visitors))),

  async log(runs) {
    const postgres = await startPostgres();
    try {
      return logSection(await measureLog(postgres, runs));
    } finally {
      await postgres.stop();
    }
  },

  verify: async (runs) => verifySection(await measureVerify(runs)),
};

/** Sections of the page as it is, by their part. */
function earlier() {
  const text = fs.existsSync(page) ? fs.readFileSync(page, 'utf8') : '';
  return Object.fromEntries([...text.matchAll(/<!-- (\w+) -->\n([\s\S]*?)<!-- end -->/g)].map(([, name, body]) => [name, body]));
}

const sections = earlier();
for (const name of values.only.split(',')) {
  console.log(`  ${name} …`);
  const text = await parts[name](Number(values.runs));
  sections[name] = `_${new Date().toISOString().slice(0, 10)}, ${os.cpus().length} × ${os.cpus()[0].model.trim()}_\n\n${text}`;
  console.log(text);
}
const body = Object.keys(parts).filter((name) => sections[name]).map((name) => `<!-- ${name} -->\n${sections[name]}<!-- end -->\n`);
fs.mkdirSync(path.dirname(page), { recursive: true });
fs.writeFileSync(page, `# Figures

Written by \`cargo xtask bench\`. Absolute figures belong to the machine they were taken on; what counts is the ratio to
what ran beside them in the same minutes.

${body.join('\n')}`);
