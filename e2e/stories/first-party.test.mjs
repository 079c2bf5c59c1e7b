// The server on a path of the site's own origin, behind a small proxy: it writes the cookies itself, so
// they live as long as the choice where scripts' cookies do not, and no request crosses an origin.
import assert from 'node:assert/strict';
import http from 'node:http';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { freePort } from '../support/process.mjs';
import { html } from '../support/site.mjs';
import { Ouinon } from '../support/world.mjs';
import { bannerShown, control, inPage, launch, recorded, visitor } from '../support/browser.mjs';

const PATH = '/choices';
const DAY = 86400;

let ouinon;
let site;
let browser;
let front;
let url;
before(async () => {
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  ouinon = await Ouinon.create({ OUINON_PUBLIC_URL: url + PATH });
  await ouinon.command(['migrate', 'up']);
  site = await ouinon.site([url]);
  await ouinon.serve();
  browser = await launch();
  front = http.createServer((request, answer) => {
    if (!request.url.startsWith(`${PATH}/`)) {
      answer.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
      answer.end(html(site.snippet, `<a href="${url}${PATH}/preferences/${site.id}" data-ouinon="page">Cookies</a>`));
      return;
    }
    const { method, headers } = request;
    const passed = http.request(ouinon.url + request.url.slice(PATH.length), { method, headers }, (inner) => {
      answer.writeHead(inner.statusCode, inner.headers);
      inner.pipe(answer);
    });
    passed.on('error', () => answer.destroy());
    request.pipe(passed);
  }).listen(port, '127.0.0.1');
  await once(front, 'listening');
});
after(async () => {
  await browser?.close();
  front?.closeAllConnections();
  front?.close();
  await ouinon?.stop();
});

/** A browser that keeps what scripts write for seven days, as Safari does. */
const capped = (page) => page.addInitScript(() => {
  const own = Object.getOwnPropertyDescriptor(Document.prototype, 'cookie');
  Object.defineProperty(document, 'cookie', {
    get: () => own.get.call(document),
    set: (text) => own.set.call(document, text.replace(/expires=([^;]+)/, (whole, time) =>
      (Date.parse(time) > Date.now() ? `max-age=${7 * 86400}` : whole))),
  });
});

const days = async (page) => Object.fromEntries((await page.context().cookies())
  .map(({ name, expires }) => [name, Math.round((expires - Date.now() / 1000) / DAY)]));

test('cookies live as long as the choice, and nothing is asked across origins', async () => {
  const page = await visitor(browser, { locale: 'en-GB' });
  const asked = [];
  page.on('request', (request) => asked.push(`${request.method()} ${request.url()}`));
  await capped(page);
  await page.goto(`${url}/`);
  await bannerShown(page);
  await control(page, 'accept-all').click();
  await recorded(page, 1);
  assert.deepEqual(await days(page), { ouinon: 180, ouinon_s: 180 });
  await page.evaluate(() => window.ouinon.withdraw());
  await recorded(page, 2);
  assert.deepEqual(await days(page), { ouinon: 180, ouinon_s: 180 });
  // What a page without the server's answer wrote is made good by the daily look.
  await page.evaluate(() => { document.cookie = document.cookie.split('; ').find((pair) => pair.startsWith('ouinon_s=')) + ';path=/;expires=' + new Date(Date.now() + 864e5).toUTCString(); });
  assert.equal((await days(page)).ouinon_s, 7);
  await page.evaluate(() => { localStorage.ouinon_c = JSON.stringify({ ...JSON.parse(localStorage.ouinon_c), d: 1 }); });
  await page.reload();
  await page.waitForFunction(() => JSON.parse(localStorage.ouinon_c).d > 1);
  assert.deepEqual(await days(page), { ouinon: 180, ouinon_s: 180 });
  assert.deepEqual(asked.filter((line) => line.startsWith('OPTIONS') || !line.includes(` ${url}/`)), []);
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

test('the hosted preferences page is on the site itself, and what is said there holds on return', async () => {
  const page = await visitor(browser, { locale: 'en-GB' });
  await page.goto(`${url}/`);
  await bannerShown(page);
  await control(page, 'accept-all').click();
  await recorded(page, 1);
  await page.locator('[data-ouinon="page"]').click();
  await page.waitForURL(`${url}${PATH}/preferences/**`);
  await inPage(page, 'withdraw').click();
  await page.waitForFunction(() => window.ouinon.consent?.version === 2);
  await page.goto(`${url}/`);
  assert.equal((await recorded(page, 2)).consent.choices.analytics, false);
  assert.deepEqual(page.problems, []);
  await page.context().close();
});
