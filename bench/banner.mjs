// Time until a banner is seen, blocking time, shifts, bytes at first and on return, and how fast a yes is shown: a
// slow phone.
import { number, spread, summary, table } from './figures.mjs';

const RTT = 150;
const KBITS = 1638.4;
const CPU = 4;

/** Runs in the page: notes the frame in which the banner is first seen, and when it stands still. */
function watch(path) {
  window.__seen = { long: 0, moved: 0 };
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) window.__seen.long += Math.max(0, duration - 50);
  }).observe({ type: 'longtask', buffered: true });
  new PerformanceObserver((list) => {
    for (const { hadRecentInput, value } of list.getEntries()) if (!hadRecentInput) window.__seen.moved += value;
  }).observe({ type: 'layout-shift', buffered: true });
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

/** Adds up what a page loads, but the page itself. */
function weigh(session, address) {
  const own = new Set();
  const weight = { bytes: 0, requests: 0 };
  session.on('Network.requestWillBeSent', ({ requestId, request }) => {
    if (request.url !== address) own.add(requestId);
  });
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (!own.has(requestId)) return;
    weight.bytes += encodedDataLength;
    weight.requests += 1;
  });
  return weight;
}

/** The same visitor's next page, nothing cached. */
async function comeBack(context, address) {
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send('Network.enable');
  await session.send('Network.setCacheDisabled', { cacheDisabled: true });
  const weight = weigh(session, address);
  await page.goto(address, { waitUntil: 'load' });
  await page.waitForTimeout(1000);
  return { returning: weight.bytes, requests: weight.requests };
}

async function once(browser, origin, target) {
  const { context, page, session } = await slowPhone(browser);
  const address = `${origin}${target.path}`;
  const weight = weigh(session, address);
  await page.addInitScript(watch, target.shown);
  await page.goto(address, { waitUntil: 'commit' });
  await page.waitForFunction(() => window.__seen?.settled, null, { timeout: 30000, polling: 100 });
  await page.waitForTimeout(1000);
  const seen = await page.evaluate(() => ({
    ...window.__seen,
    painted: performance.getEntriesByName('first-contentful-paint')[0]?.startTime,
  }));
  const result = { ...seen, bytes: weight.bytes };
  if (target.yes) {
    result.yes = await sayYes(page, target.yes);
    Object.assign(result, await comeBack(context, address));
  }
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

/** What `key` is beside another target's in the same round: the median of the rounds' ratios, and their spread. */
function beside(results, name, other, key) {
  const pairs = results.get(name).map((run, round) => run[key] / results.get(other)[round][key]);
  return spread(pairs, 2);
}

export function bannerSection(results, version) {
  const names = [...results.keys()];
  const [bare, peer] = [names[0], names.at(-1)];
  const rows = [...results].map(([name, runs]) => {
    const of = (key, digits) => spread(runs.map((run) => run[key]), digits);
    const back = summary(runs.map((run) => run.requests));
    const returning = back ? `${of('returning')} in ${number(back.median)}` : '–';
    return [name, of('painted'), of('visible'), of('settled'), of('long'), of('moved', 3), of('bytes'), returning, of('yes')];
  });
  const ours = names.filter((name) => name !== bare && name !== peer);
  const ratios = ours.map((name) => [name, beside(results, name, bare, 'painted'), beside(results, name, peer, 'visible'),
    beside(results, name, peer, 'yes')]);
  return `## The banner, seen

Chromium ${version}, 412 × 823, processor ${CPU} × slower, ${RTT} ms round trip, 1.6 Mbit/s, nothing cached; median
(lowest–highest) of ${results.get(bare).length} rounds, the targets in turn. Bytes are those of everything but the page itself on
the wire, headers included; returning is the next page after a yes, with the number of requests. “Blocking” is what long
tasks take beyond 50 ms, “shift” the sum of layout shifts. “Yes” is the browser's event timing of the click on *accept all*
(0 = under its floor of 16 ms).

${table(['', 'page painted, ms', 'visible, ms', 'still, ms', 'blocking, ms', 'shift', 'bytes', 'returning, bytes', 'yes, ms'], rows)}

Beside ${bare} (painted) and ${peer} (visible, yes), round by round:

${table(['', 'painted ×', 'visible ×', 'yes ×'], ratios)}
`;
}
