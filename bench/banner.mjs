// Time until a banner is seen, blocking time, bytes, and how fast a yes is shown: a slow phone.
import { spread, table } from './figures.mjs';

const RTT = 150;
const KBITS = 1638.4;
const CPU = 4;

/** Runs in the page: notes the frame in which the banner is first seen, and when it stands still. */
function watch(path) {
  window.__seen = { long: 0 };
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) window.__seen.long += Math.max(0, duration - 50);
  }).observe({ type: 'longtask', buffered: true });
  const find = () => path.split(' >>> ').reduce((found, part) => {
    const root = found === document ? found : found?.shadowRoot;
    return root?.querySelector(part);
  }, document);
  const opacity = (element) => {
    let value = 1;
    for (let node = element; node instanceof Element; node = node.parentElement ?? node.getRootNode().host) {
      const style = getComputedStyle(node);
      if (style.display === 'none' || style.visibility === 'hidden') return 0;
      value *= Number(style.opacity);
    }
    return value;
  };
  let last;
  const frame = () => {
    const element = document.documentElement && find();
    if (element) {
      const box = element.getBoundingClientRect();
      const inView = box.width > 1 && box.height > 1 && box.top < innerHeight && box.bottom > 0;
      const strength = inView ? opacity(element) : 0;
      if (strength > 0.05) window.__seen.visible ??= performance.now();
      if (strength > 0.95 && last !== undefined && Math.abs(last - box.top) < 1) window.__seen.settled ??= performance.now();
      if (inView) last = box.top;
    }
    if (!window.__seen.settled) requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}

async function slowPhone(browser) {
  const context = await browser.newContext({ viewport: { width: 412, height: 823 }, locale: 'en-GB' });
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send('Network.enable');
  await session.send('Network.setCacheDisabled', { cacheDisabled: true });
  await session.send('Network.emulateNetworkConditions', {
    offline: false, latency: RTT, downloadThroughput: KBITS * 128, uploadThroughput: 750 * 128,
  });
  await session.send('Emulation.setCPUThrottlingRate', { rate: CPU });
  return { context, page, session };
}

/** Longest event until the next frame, from the browser's own event timing. */
async function sayYes(page, yes) {
  await page.evaluate(() => {
    window.__events = [];
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (entry.interactionId) window.__events.push(entry.duration);
    }).observe({ type: 'event', durationThreshold: 16 });
  });
  await page.click(yes);
  await page.waitForTimeout(800);
  return page.evaluate(() => Math.max(0, ...window.__events));
}

async function once(browser, origin, target) {
  const { context, page, session } = await slowPhone(browser);
  let bytes = 0;
  session.on('Network.loadingFinished', ({ encodedDataLength }) => { bytes += encodedDataLength; });
  await page.addInitScript(watch, target.shown);
  await page.goto(`${origin}${target.path}`, { waitUntil: 'commit' });
  await page.waitForFunction(() => window.__seen?.settled, null, { timeout: 30000, polling: 100 });
  await page.waitForTimeout(1000);
  const seen = await page.evaluate(() => ({
    ...window.__seen,
    painted: performance.getEntriesByName('first-contentful-paint')[0]?.startTime,
  }));
  const result = { ...seen, bytes };
  if (target.yes) result.yes = await sayYes(page, target.yes);
  await context.close();
  return result;
}

/** Every target in turn, `runs` rounds, so that noise falls on all of them alike. */
export async function measureBanners(browser, origin, targets, runs) {
  const results = new Map(targets.map(({ name }) => [name, []]));
  for (let round = 0; round <= runs; round += 1) {
    for (const target of targets) {
      const result = await once(browser, origin, target);
      // The first round warms the machine.
      if (round) results.get(target.name).push(result);
    }
  }
  return results;
}

export function bannerSection(results, version) {
  const rows = [...results].map(([name, runs]) => {
    const of = (key) => runs.map((run) => run[key]);
    return [name, spread(of('painted')), spread(of('visible')), spread(of('settled')), spread(of('long')), spread(of('bytes')), spread(of('yes'))];
  });
  return `## The banner, seen

Chromium ${version}, 412 × 823, processor ${CPU} × slower, ${RTT} ms round trip, 1.6 Mbit/s, nothing cached; median
(lowest–highest), the targets in turn. Bytes are those of the whole page on the wire, headers included. “Yes” is the
browser's event timing of the click on *accept all* (0 = under its floor of 16 ms).

${table(['', 'page painted, ms', 'visible, ms', 'still, ms', 'blocking, ms', 'bytes', 'yes, ms'], rows)}
`;
}
