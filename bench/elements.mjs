// What the loader adds to the main thread of a page with thousands of held elements, there from the
// start or added bit by bit: the same page with and without the tag, in turn, a returning visitor who refused.
import { startSite, html } from '../e2e/support/site.mjs';
import { number, spread, summary, table } from './figures.mjs';

const COUNT = 5000;
const STEPS = 100;

const script = '<script type="text/plain" data-purpose="analytics" data-vendor="audimetre">window.ran = 1</script>';
const picture = '<img data-purpose="advertising" data-src="/none.gif" alt="">';
const markup = (count) => (script + picture).repeat(count / 2);

/** Adds the elements in steps, a hundredth of them every 10 ms, and says when all are there. */
const later = `<main></main><script>{
  let step = 0;
  const add = () => {
    const part = document.createRange().createContextualFragment(${JSON.stringify(markup(COUNT / STEPS)).replaceAll('</', '<\\/')});
    document.querySelector('main').append(part);
    if (++step < ${STEPS}) setTimeout(add, 10); else document.body.dataset.all = '';
  };
  addEventListener('load', () => setTimeout(add, 100));
}</script>`;

const bodies = { 'in the page': `${markup(COUNT)}<script>document.body.dataset.all = ''</script>`, 'added in 100 steps': later };

async function once(browser, url, cookie) {
  const context = await browser.newContext({ locale: 'en-GB' });
  await context.addCookies([{ name: 'ouinon', value: cookie, url }]);
  await context.addInitScript(() => { localStorage.ouinon_c = JSON.stringify({ d: Math.floor(Date.now() / 1000) + 86400 }); });
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  // What the thread itself worked, whoever else uses the processor.
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  await page.goto(url);
  await page.waitForFunction(() => 'all' in document.body.dataset, null, { polling: 50 });
  await page.waitForTimeout(500);
  const { metrics } = await session.send('Performance.getMetrics');
  await context.close();
  return metrics.find(({ name }) => name === 'TaskDuration').value * 1000;
}

/** Milliseconds of the main thread for each page, with the tag and without. */
export async function measureElements(browser, ouinon, site, runs) {
  const pages = await startSite();
  const tag = `<script async src="${ouinon.url}/b/${site.id}.js"></script>`;
  const choices = ['functional', 'analytics', 'advertising', 'retargeting'].map((key) => `${key}:0`).join('!');
  const cookie = ['1', 'A'.repeat(22), '1', Math.floor(Date.now() / 1000) + 864000, site.notice.slice(7, 15), choices].join('.');
  const targets = Object.entries({ 'nothing held': '', ...bodies }).flatMap(([name, body], index) =>
    [['without', ''], ['with', tag]].map(([which, head]) => {
      const where = `/${index}${which}`;
      pages.pages[where] = { html: html(head, body || "<script>document.body.dataset.all = ''</script>") };
      return { name, which, where, times: [] };
    }));
  try {
    for (let round = 0; round <= runs; round += 1)
      for (const target of targets) {
        const time = await once(browser, pages.url + target.where, cookie);
        // The first round warms the machine.
        if (round) target.times.push(time);
      }
  } finally {
    await pages.stop();
  }
  return targets;
}

export function elementsSection(targets) {
  const names = [...new Set(targets.map(({ name }) => name))];
  const rows = names.map((name) => {
    const [without, tagged] = targets.filter((target) => target.name === name);
    const added = summary(tagged.times).median - summary(without.times).median;
    return [name, spread(without.times, 1), spread(tagged.times, 1), number(added, 1)];
  });
  return `## A page with ${number(COUNT)} held elements

Time of the main thread until all is there and quiet, ms, median (lowest–highest), a returning visitor who refused: half
scripts, half pictures, that wait. The aim is 5 ms and 2 µs for each element (15 ms).

${table(['', 'without Ouinon', 'with', 'added'], rows)}
`;
}
