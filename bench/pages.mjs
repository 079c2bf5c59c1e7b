// The same page with one banner or another, served the same way: compressed, never cached.
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { createServer } from 'node:http';
import { once } from 'node:events';

const words = 'The tide comes in twice a day and takes the footprints with it. '.repeat(9);
const sections = Array.from({ length: 8 }, (_, n) => `<section><h2>Part ${n + 1}</h2><p>${words}</p></section>`).join('');

const page = (head, tail = '') => `<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>A page</title><link rel="icon" href="data:,">
<style>body{font:16px/1.5 sans-serif;margin:2rem}</style>${head}</head><body><header><h1>A page</h1></header><main>${sections}</main>${tail}</body></html>`;

const categories = ['necessary', 'functional', 'analytics', 'advertising', 'retargeting'];

/** vanilla-cookieconsent as its own documentation sets it up. */
function vanilla() {
  const section = (key) => ({ title: key, description: `What ${key} is used for.`, linkedCategory: key });
  const options = {
    // It hides from automated browsers otherwise.
    hideFromBots: false,
    categories: Object.fromEntries(categories.map((key) => [key, key === 'necessary' ? { enabled: true, readOnly: true } : {}])),
    language: { default: 'en', translations: { en: {
      consentModal: {
        title: 'Your choice',
        description: 'We would like to use cookies to measure visits and show relevant advertising. Nothing is used without your yes, and you can change your mind at any time.',
        acceptAllBtn: 'Accept all', acceptNecessaryBtn: 'Refuse all', showPreferencesBtn: 'Choose',
      },
      preferencesModal: { title: 'Preferences', acceptAllBtn: 'Accept all', acceptNecessaryBtn: 'Refuse all',
        savePreferencesBtn: 'Save', closeIconLabel: 'Close', sections: categories.map(section) },
    } } },
  };
  return page('<link rel="stylesheet" href="/lib/cookieconsent.css">',
    `<script defer src="/lib/cookieconsent.umd.js"></script><script>addEventListener('DOMContentLoaded',()=>CookieConsent.run(${JSON.stringify(options)}))</script>`);
}

/** What is measured: a page, how to see its banner, how to say yes. Ouinon as `site create` prints it, and as a plain tag. */
export const targets = (snippet, loader) => {
  const ouinon = (name, where, head) => ({
    name, path: where, html: page(head), shown: 'ouinon-banner >>> [data-ouinon="accept-all"]', yes: 'ouinon-banner [data-ouinon="accept-all"]',
  });
  return [
    { name: 'no banner', path: '/none', html: page(''), shown: 'h1' },
    ouinon('Ouinon, the snippet', '/snippet', snippet),
    ouinon('Ouinon, tag with async', '/async', `<script async src="${loader}"></script>`),
    ouinon('Ouinon, tag in head', '/head', `<script src="${loader}"></script>`),
    { name: 'vanilla-cookieconsent 3.1', path: '/vanilla', html: vanilla(), shown: '#cc-main .cm', yes: '#cc-main .cm__btn[data-role="all"]' },
  ];
};

const kinds = { js: 'text/javascript', css: 'text/css' };

/** Serves the targets' pages and the peer's files on a free port. */
export async function servePages(folder, port) {
  const bodies = new Map();
  const add = (where, kind, body) => bodies.set(where, {
    kind,
    body: zlib.brotliCompressSync(Buffer.from(body), { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 11 } }),
  });
  for (const file of ['cookieconsent.css', 'cookieconsent.umd.js']) {
    add(`/lib/${file}`, kinds[file.split('.').at(-1)], fs.readFileSync(path.join(folder, file)));
  }
  const server = createServer((request, answer) => {
    const found = bodies.get(new URL(request.url, 'http://x').pathname);
    if (!found) {
      answer.writeHead(404, { 'content-length': 0 }).end();
      return;
    }
    answer.writeHead(200, { 'content-type': `${found.kind}; charset=utf-8`, 'content-encoding': 'br',
      'content-length': found.body.length, 'cache-control': 'no-store' });
    answer.end(found.body);
  }).listen(port, '127.0.0.1');
  await once(server, 'listening');
  return { add, stop: () => { server.closeAllConnections(); server.close(); } };
}
