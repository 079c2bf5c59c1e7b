// A server and a page in three languages whose banner can be given another look.
import fs from 'node:fs';
import path from 'node:path';
import { bannerShown, launch, visitor } from './browser.mjs';
import { startSite } from './site.mjs';
import { EMAIL, Ouinon, PASSWORD } from './world.mjs';

const VENDORS = ['matomo', 'hotjar', 'adnet'].map((key) => ({
  key, name: key[0].toUpperCase() + key.slice(1), purposes: [key === 'adnet' ? 'advertising' : 'analytics'],
  country: 'FR', policy_url: `https://${key}.example/`,
}));

const svg = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 90 32'><rect width='44' height='32' rx='4' fill='#2447d8'/>"
  + "<rect x='46' width='44' height='32' rx='4' fill='#0b7a5b'/></svg>";

/** Every layout, with what else a look may have here and there. */
export const LOOKS = {
  box: {},
  corner: { look: { position: 'bottom-end', control: 'end' }, theme: { button: '#2447d8', label: '#ffffff', radius: '4px' } },
  bar: { look: { layout: 'bar' } },
  'bar-top': { look: { layout: 'bar', position: 'top', dark: { button: '#8fa8ff' } }, theme: { accent: '#7a1fa2', button: '#7a1fa2' } },
  modal: { look: { layout: 'modal', lock: true, logo: `data:image/svg+xml,${encodeURIComponent(svg)}` } },
};

export const LANGUAGES = ['fr', 'en', 'ar'];

/** `close` ends it all. */
export async function openLooks() {
  const site = await startSite();
  const ouinon = await Ouinon.create({ OUINON_RATE_LIMITS: 'off' });
  await ouinon.command(['migrate', 'up']);
  const made = await ouinon.command(['site', 'create', '--name', 'Galet', '--origin', site.url,
    ...LANGUAGES.flatMap((tag) => ['--language', tag]), '--json']);
  await ouinon.command(['user', 'create', '--email', EMAIL, '--role', 'admin'], `${PASSWORD}\n`);
  await ouinon.serve();
  const browser = await launch();
  const plain = await (await fetch(`${ouinon.url}/notices/${made.notice}.json`)).json();
  Object.assign(plain.controller, { contact: 'privacy@galet.example', dpo: 'dpo@galet.example' });
  plain.vendors = VENDORS;
  const file = path.join(ouinon.data, 'notice.json');
  const here = {
    ouinon, browser, site, id: made.id,
    /** Publishes the notice in a look; gives what publishing says, also where it refuses. */
    async wear(look) {
      fs.writeFileSync(file, JSON.stringify({ ...plain, ...look }));
      const args = ['notice', 'publish', '--site', made.id, '--file', file, '--json'];
      return ouinon.command(args).catch((error) => ({ notice: null, refused: String(error) }));
    },
    /** A visitor on a page in that language, asked; `style` is the page's own. */
    async arrive(language = 'fr', { style = '', ...options } = {}) {
      const lines = Array.from({ length: 60 }, (_, at) => `<p>Bols, assiettes, vases. <a href="#${at}">Voir ${at}</a></p>`).join('');
      site.pages['/'] = { html: `<!doctype html><html lang="${language}"${language === 'ar' ? ' dir="rtl"' : ''}><head>
        <meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
        <title>Galet</title><link rel="icon" href="data:,"><style>body { margin: 32px; font: 16px/1.6 serif } a { color: inherit } ${style}</style>
        <script async src="${ouinon.url}/b/${made.id}.js"></script></head><body><main><h1>Galet</h1>${lines}</main></body></html>` };
      const page = await visitor(browser, { reducedMotion: 'reduce', ...options });
      await page.goto(site.url);
      await bannerShown(page);
      return page;
    },
    async close() {
      await browser.close();
      await ouinon.stop();
      await site.stop();
    },
  };
  return here;
}
