// A bare site with Ouinon, and a third party on another origin that tells what it was asked.
import { createServer } from 'node:http';
import { once } from 'node:events';
import { bannerShown, control, launch, recorded, visitor } from './browser.mjs';
import { html, startSite } from './site.mjs';
import { Ouinon } from './world.mjs';

const DOT = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==', 'base64');
const PLAYER = '<!doctype html><title>Player</title><button>Play</button>';

/** Answers `/NAME.js?wait=MS` with a script that notes its name in `window.__ran`, `.html`, and else a picture. */
async function startThird() {
  const seen = [];
  const server = createServer((request, answer) => {
    const { pathname, searchParams } = new URL(request.url, 'http://x');
    seen.push(pathname.slice(1));
    const say = (kind, body) => {
      answer.writeHead(200, { 'content-type': kind, 'access-control-allow-origin': '*', 'cache-control': 'no-store' });
      answer.end(body);
    };
    const note = `(window.__ran ||= []).push('${pathname.slice(1, -3)}');`;
    if (pathname.endsWith('.js')) setTimeout(() => say('text/javascript', note), +searchParams.get('wait') || 0);
    else if (pathname.endsWith('.html')) say('text/html', PLAYER);
    else say('image/gif', DOT);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    seen,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/**
 * Server, site, third party and browser. `change` changes the shop's notice; `host` names the site otherwise, `more` are its
 * other hosts, `place` is where everybody is, `flags` are the browser's.
 */
export async function openElsewhere({ change, host = '127.0.0.1', more = [], place, flags } = {}) {
  const site = await startSite();
  const third = await startThird();
  const ouinon = await Ouinon.create({ OUINON_RATE_LIMITS: 'off' });
  if (place) ouinon.standIn(place);
  await ouinon.command(['migrate', 'up']);
  const url = site.url.replace('127.0.0.1', host);
  const made = await ouinon.site([url, ...more.map((other) => site.url.replace('127.0.0.1', other))]);
  if (change) await ouinon.publish(made, change);
  await ouinon.serve();
  const browser = await launch(flags);
  const tag = (attributes = 'async') => `<script ${attributes} src="${ouinon.url}/b/${made.id}.js"></script>`;
  return {
    ouinon, site: made, third, browser, url, tag,
    /** Puts a page on the site. */
    page(path, body, { head = tag(), headers, language = 'en' } = {}) {
      const dir = language === 'ar' ? 'rtl' : 'ltr';
      const text = html(`${head}<meta name="viewport" content="width=device-width">`, body);
      site.pages[path] = { html: text.replace('lang="en"', `lang="${language}" dir="${dir}"`), headers };
    },
    /** A new visitor there, asked unless `banner` is false; `arrive` meets the page before its first address. */
    async visit(path = '/', { banner = true, arrive, ...options } = {}) {
      third.seen.splice(0);
      const person = await visitor(browser, { locale: 'en-GB', ...options });
      person.on('console', (message) => {
        if (message.text().includes('Content Security Policy')) person.problems.push(message.text());
      });
      await arrive?.(person);
      await person.goto(url + path);
      if (banner) await bannerShown(person);
      return person;
    },
    async say(person, what, version = 1) {
      await control(person, what).click();
      return recorded(person, version);
    },
    async close() {
      await browser.close();
      await ouinon.stop();
      await third.stop();
      await site.stop();
    },
  };
}

/** What ran on the page, once as many as expected did; a moment longer shows what should not have. */
export async function ran(person, count) {
  await person.waitForFunction((least) => (window.__ran || []).length >= least, count);
  await person.waitForTimeout(100);
  return person.evaluate(() => window.__ran || []);
}
