// A bare website for what the shop does not show: other places for the tag, a strict policy.
import { createServer } from 'node:http';
import { once } from 'node:events';

/** Serves `pages` (path → {html, headers}); further pages may be added while it runs. */
export async function startSite(pages = {}) {
  const server = createServer((request, answer) => {
    const page = pages[new URL(request.url, 'http://x').pathname];
    if (!page) {
      answer.writeHead(404).end();
      return;
    }
    answer.writeHead(200, { 'content-type': 'text/html; charset=utf-8', ...page.headers });
    answer.end(page.html);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    pages,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A small page: `head` first in its head, `body` in its body. */
export const html = (head, body = '') => `<!doctype html><html lang="en"><head>${head}<meta charset="utf-8">
<title>A page</title><link rel="icon" href="data:,"></head><body><h1>A page</h1><p>Text.</p>${body}</body></html>`;
