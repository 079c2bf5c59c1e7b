// Several tabs of one site say the same, at once; robots are asked nothing where the site says so; a
// browser that gives third parties no cookies changes nothing.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openElsewhere } from '../support/elsewhere.mjs';
import { bannerShown, control, recorded } from '../support/browser.mjs';

let here;
let host;
before(async () => {
  // The server is another site than the page: 127.0.0.1.
  host = 'shop.localhost';
  here = await openElsewhere({ host, flags: ['--test-third-party-cookie-phaseout'] });
  here.page('/', `<script type="text/plain" data-purpose="analytics">document.body.dataset.ran = 'yes'</script>`);
});
after(() => here?.close());

const change = (more) => here.ouinon.publish(here.site, (notice) => ({ ...notice, ...more }));
const allowed = (page) => page.evaluate(() => window.ouinon.allowed('analytics'));

/** Three tabs of one browser, all asked. */
async function tabs() {
  const first = await here.visit();
  const context = first.context();
  const all = [first, await context.newPage(), await context.newPage()];
  for (const tab of all.slice(1)) {
    await tab.goto(here.url);
    await bannerShown(tab);
  }
  return all;
}

test('what is chosen in one of three tabs holds in all of them, and is recorded once', async () => {
  await change();
  const all = await tabs();
  for (const tab of all) await tab.evaluate(() => window.ouinon.on('change', () => (document.body.dataset.changed = 'yes')));
  await control(all[1], 'accept-all').click();
  for (const tab of all) {
    await recorded(tab, 1);
    await tab.waitForFunction(() => document.body.dataset.ran && document.body.dataset.changed);
    assert.equal(await control(tab, 'accept-all').count(), 0, 'nobody is asked any more');
  }
  await all[2].evaluate(() => window.ouinon.withdraw());
  for (const tab of all) assert.equal((await recorded(tab, 2)).consent.choices.analytics, false);
  // At the same moment in two: one after the other, and all hold the last.
  await Promise.all([all[0].evaluate(() => window.ouinon.acceptAll()), all[1].evaluate(() => window.ouinon.rejectAll())]);
  await Promise.all(all.map((tab) => tab.waitForFunction(() => !JSON.parse(localStorage.getItem('ouinon_o') || '[]').length)));
  const { visitor } = await recorded(all[0], await all[0].evaluate(() => window.ouinon.consent.version));
  const answers = await Promise.all(all.map(allowed));
  assert.equal(new Set(answers).size, 1, `${answers}`);
  const decision = await here.ouinon.decision(here.site, visitor, 'analytics');
  assert.equal(decision.allowed, answers[0], 'the server holds the same');
  await all[0].context().close();
});

test('a withdrawal in one tab loads the others anew where the site says so', async () => {
  await change({ reload_on_withdrawal: true });
  const all = await tabs();
  await control(all[0], 'accept-all').click();
  for (const tab of all) await tab.waitForFunction(() => document.body.dataset.ran);
  await recorded(all[0], 1);
  await all[0].evaluate(() => void window.ouinon.withdraw());
  for (const tab of all) {
    await tab.waitForFunction(() => window.ouinon?.consent && !document.body.dataset.ran);
    assert.equal((await recorded(tab, 2)).consent.choices.analytics, false);
  }
  await all[0].context().close();
});

test('a robot is asked nothing where the site says so, and nothing optional runs', async () => {
  await change({ hide_from_bots: true });
  const robot = await here.visit('/', { banner: false, userAgent: 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)' });
  await robot.evaluate(() => window.ouinon.ready);
  await robot.waitForTimeout(500);
  assert.equal(await control(robot, 'accept-all').count(), 0);
  assert.equal(await robot.evaluate(() => document.body.dataset.ran), undefined);
  assert.deepEqual(robot.problems, []);
  await robot.context().close();
  const person = await here.visit();
  await person.context().close();
});

test('cookies that contradict each other allow nothing, the visitor is asked, and one answer holds', async () => {
  await change();
  const person = await here.visit();
  await here.say(person, 'accept-all');
  const [own] = (await person.context().cookies()).filter(({ name }) => name === 'ouinon');
  const denied = own.value.replaceAll(':1', ':0');
  // Tossed by a neighbour: the same name, of the parent domain and of a path.
  await person.context().addCookies([
    { ...own, domain: `.${host}`, value: denied }, { ...own, path: '/shop', value: own.value.replace('.1.', '.9.') },
  ]);
  here.page('/shop', '');
  for (const path of ['/', '/shop']) {
    await person.goto(here.url + path);
    await bannerShown(person);
    assert.equal(await allowed(person), false, path);
  }
  await control(person, 'reject-all').click();
  await person.waitForFunction(() => window.ouinon.consent);
  const left = (await person.context().cookies()).filter(({ name }) => name === 'ouinon');
  assert.equal(left.length, 1, 'the others are gone');
  await person.goto(here.url);
  await person.waitForFunction(() => window.ouinon?.consent);
  assert.equal(await control(person, 'accept-all').count(), 0, 'asked no more');
  await person.context().close();
});
