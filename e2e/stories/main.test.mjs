// The main story, told on each store: nothing before a choice, proof of it, and back again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startPostgres, startRedis } from '../support/databases.mjs';
import { EMAIL, PASSWORD, openWorld } from '../support/world.mjs';
import { signIn } from '../support/dashboard.mjs';
import { until } from '../support/process.mjs';
import { bannerShown, control, inPage, recorded, stored, visitor } from '../support/browser.mjs';

const none = { analytics: 0, pixel: 0, retargeting: 0, video: 0, embeds: 0 };
const settle = () => new Promise((resolve) => setTimeout(resolve, 800));

/** The shop may ask nothing more of the stand-ins: its scripts have stopped. */
async function scriptsStopped(page, shop) {
  await page.waitForFunction(() => !window.__standins?.retargeting && !window.__standins?.analytics);
  await settle();
  const before = await shop.counts();
  await new Promise((resolve) => setTimeout(resolve, 2600));
  assert.deepEqual(await shop.counts(), before, 'a stand-in was asked after the withdrawal');
}

async function accepted({ browser, shop, ouinon, site }) {
  const page = await visitor(browser);
  await page.goto(`${shop.url}/fr/`);
  await bannerShown(page);
  await control(page, 'accept-all').click();
  const { visitor: id } = await recorded(page, 1);
  await page.waitForFunction(() => window.__standins?.retargeting);
  const decision = await ouinon.decision(site, id, 'retargeting');
  assert.equal(decision.reason, 'GRANTED');
  return { page, id };
}

async function withdrawn({ ouinon, site }, id) {
  const decision = await until('the withdrawal', async () => {
    const answer = await ouinon.decision(site, id, 'retargeting');
    return answer.allowed ? null : answer;
  });
  assert.equal(decision.reason, 'WITHDRAWN');
  assert.equal(decision.allowed, false);
}

async function beforeAnyChoice({ browser, shop }) {
  const page = await visitor(browser);
  await shop.reset();
  await page.goto(`${shop.url}/fr/`);
  await bannerShown(page);
  await settle();
  assert.deepEqual(await stored(page), { cookies: [], local: [] });
  assert.deepEqual(await shop.counts(), none);
  assert.equal(await page.evaluate(() => window.ouinon.allowed('analytics')), false);
  return page;
}

async function refuse(world, page) {
  await control(page, 'reject-all').click();
  const { visitor: id } = await recorded(page, 1);
  await page.goto(`${world.shop.url}/fr/workshop`);
  await page.waitForFunction(() => window.ouinon?.consent);
  await settle();
  assert.deepEqual(await world.shop.counts(), none);
  const decision = await world.ouinon.decision(world.site, id, 'retargeting');
  assert.deepEqual([decision.allowed, decision.reason], [false, 'PURPOSE_DENIED']);
  assert.deepEqual(page.problems, []);
  await page.context().close();
}

async function accept(world) {
  const { page, id } = await accepted(world);
  await page.goto(`${world.shop.url}/fr/workshop`);
  await until('the film', async () => (await world.shop.counts()).video);
  await page.goto(`${world.shop.url}/fr/elsewhere`);
  const counts = await until('all stand-ins asked', async () => {
    const now = await world.shop.counts();
    return Object.values(now).every((count) => count > 0) && now;
  });
  assert.ok(counts.video > 0);
  const decision = await world.ouinon.decision(world.site, id, 'retargeting', 'revien');
  assert.equal(decision.allowed, true);
  const record = await world.ouinon.ask(world.site, `/consents/${decision.evidence.record}`);
  assert.equal(record.action, 'accept_all');
  assert.equal(record.notice, world.site.notice);
  assert.equal(record.choices.retargeting, true);
  return { page, id };
}

async function withdrawInDialog(world, { page, id }) {
  await page.locator('footer [data-ouinon="open"]').click();
  await control(page, 'withdraw').click();
  await withdrawn(world, id);
  await scriptsStopped(page, world.shop);
  await page.reload();
  await page.waitForFunction(() => window.ouinon?.consent);
  await scriptsStopped(page, world.shop);
  assert.deepEqual(page.problems, []);
  await page.context().close();
}

async function withdrawOnOwnPage(world) {
  const { page, id } = await accepted(world);
  await page.goto(`${world.shop.url}/fr/cookies`);
  await page.waitForFunction(() => window.__standins?.retargeting);
  await inPage(page, 'withdraw').click();
  await withdrawn(world, id);
  await scriptsStopped(page, world.shop);
  assert.deepEqual(page.problems, []);
  await page.context().close();
}

async function withdrawOnHostedPage(world) {
  const { page, id } = await accepted(world);
  await page.locator('footer [data-ouinon="page"]').click();
  await page.waitForURL((url) => url.pathname === `/preferences/${world.site.id}`);
  await inPage(page, 'withdraw').waitFor();
  assert.ok(!page.url().includes('#'), 'the secret stays in the address');
  await inPage(page, 'withdraw').click();
  await withdrawn(world, id);
  await page.goto(`${world.shop.url}/fr/`);
  await page.waitForFunction(() => window.ouinon?.consent?.choices?.retargeting === false);
  await scriptsStopped(page, world.shop);
  assert.deepEqual(page.problems, []);
  await page.context().close();
}

/** Four visitors: one refusal, three acceptances, each of these taken back. */
async function rates(world) {
  const { ouinon, site } = world;
  const item = await until('the counts', async () => {
    const { items } = await ouinon.ask(site, '/stats?interval=none&by=none');
    return items[0]?.withdrawn === 3 && items[0];
  }, 15);
  assert.equal(item.shown, 4);
  assert.equal(item.accept_all, 3);
  assert.equal(item.reject_all, 1);
  assert.equal(item.choices, 4);
  assert.equal(item.opt_in_of_shown, 0.75);
  assert.equal(item.opt_in_of_choices, 0.75);
  const page = await visitor(world.browser, { locale: 'en-GB' });
  await signIn(page, world, EMAIL, PASSWORD);
  await page.goto(`${ouinon.url}/dashboard/sites/${site.id}`);
  const overview = await page.locator('main').innerText();
  assert.match(overview, /3 of 4 choices/);
  assert.match(overview, /3 of 4 banners shown/);
  await page.context().close();
}

async function story(t, env, midway = async () => {}) {
  const world = await openWorld({ env });
  try {
    let page;
    let person;
    await t.test('before any choice nothing is stored and no third party is asked', async () => {
      page = await beforeAnyChoice(world);
    });
    await t.test('a refusal keeps it so', () => refuse(world, page));
    await midway();
    await t.test('an acceptance lets them run, and is on record', async () => {
      person = await accept(world);
    });
    await t.test('withdrawn in the dialog', () => withdrawInDialog(world, person));
    await t.test('withdrawn on the shop’s own page', () => withdrawOnOwnPage(world));
    await t.test('withdrawn on the hosted page', () => withdrawOnHostedPage(world));
    await t.test('the counts are those of exactly these visits', () => rates(world));
  } finally {
    await world.close();
  }
}

test('on SQLite, with memory as cache', (t) => story(t, {}));

test('on PostgreSQL and Redis', async (t) => {
  const [postgres, redis] = [await startPostgres(), await startRedis()];
  try {
    await story(t, { DATABASE_URL: await postgres.url('story'), REDIS_URL: redis.url });
  } finally {
    await redis.stop();
    await postgres.stop();
  }
});

test('on PostgreSQL, with Redis stopped in the middle', async (t) => {
  const [postgres, redis] = [await startPostgres(), await startRedis()];
  try {
    const env = { DATABASE_URL: await postgres.url('story'), REDIS_URL: redis.url };
    await story(t, env, () => redis.stop());
  } finally {
    await redis.stop();
    await postgres.stop();
  }
});
