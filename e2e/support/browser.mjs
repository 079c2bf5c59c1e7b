// Chromium, and what a story asks of a page: Ouinon's controls, what is stored, what was requested.
import { chromium } from 'playwright-core';

const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync'];

// A person's browser: bots are left out of the rates, and stories are about people.
const PERSON = '--disable-blink-features=AutomationControlled';
const userAgent = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36';

export const launch = (flags = []) => chromium.launch({
  executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args: [...FLAGS, PERSON, ...flags],
});

/** From its next page on a browser sends Global Privacy Control, which Chromium does not do by itself. */
export async function sendGpc(context) {
  await context.setExtraHTTPHeaders({ 'Sec-GPC': '1' });
  await context.addInitScript(() => Object.defineProperty(navigator, 'globalPrivacyControl', { value: true }));
}

/** A new visitor: a browser without cookies. Errors of its pages fail the story that looks. */
export async function visitor(browser, { gpc, ...options } = {}) {
  const context = await browser.newContext({ locale: 'fr-FR', userAgent, viewport: { width: 1280, height: 860 }, ...options });
  context.setDefaultTimeout(15000);
  if (gpc) await sendGpc(context);
  const page = await context.newPage();
  page.problems = [];
  page.on('pageerror', (error) => page.problems.push(String(error)));
  return page;
}

/** A control of the banner or the dialog that can be seen (Playwright looks into open shadow roots). */
export const control = (page, name) =>
  page.locator(`ouinon-banner [data-ouinon="${name}"]:visible`).first();

/** A control of the preferences shown in a page. */
export const inPage = (page, name) =>
  page.locator(`ouinon-preferences [data-ouinon="${name}"]:visible`).first();

/** Waits for the banner to be on the screen. */
export const bannerShown = (page) => control(page, 'accept-all').waitFor();

/** Waits until Ouinon has a choice that the server has recorded, and gives it. */
export async function recorded(page, version) {
  await page.waitForFunction((at) => window.ouinon?.consent?.version === at
    && !JSON.parse(localStorage.getItem('ouinon_o') || '[]').length, version);
  return page.evaluate(() => ({ visitor: window.ouinon.visitor, consent: window.ouinon.consent }));
}

/** Everything a page has stored in the browser. */
export async function stored(page) {
  const { cookies, origins } = await page.context().storageState();
  return { cookies: cookies.map((cookie) => cookie.name).sort(), local: origins.flatMap((o) => o.localStorage.map((i) => i.name)) };
}

/** Notes the wire size (headers included) of every request to one origin. */
export async function meter(page, origin) {
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  const urls = new Map();
  const seen = [];
  session.on('Network.requestWillBeSent', ({ requestId, request }) => urls.set(requestId, request));
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const request = urls.get(requestId);
    if (request?.url.startsWith(origin)) {
      seen.push({ url: request.url, method: request.method, bytes: encodedDataLength });
    }
  });
  return {
    seen,
    total: () => seen.reduce((sum, entry) => sum + entry.bytes, 0),
    clear: () => seen.splice(0),
  };
}

/** Waits until no new request was noted for a while. */
export async function quiet(meter, milliseconds = 700) {
  for (let before = -1; before !== meter.seen.length;) {
    before = meter.seen.length;
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
  }
}
