// Moving in from another consent tool: what it kept is taken over once, what was marked for it waits here.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { bannerShown, control, recorded, stored } from '../support/browser.mjs';
import { openElsewhere, ran } from '../support/elsewhere.mjs';

const change = (notice) => {
  notice.import = { from: ['cookiebot'] };
  notice.markup = { purposes: { social: 'advertising' } };
};

let here;
before(async () => {
  here = await openElsewhere({ change });
});
after(() => here?.close());

const cookiebot = (preferences, statistics, marketing) =>
  `{stamp:%274oR8MJL+bxVlG6g+kl2we5+suMJ+Tv7I==%27%2Cnecessary:true%2Cpreferences:${preferences}%2Cstatistics:${statistics}`
  + `%2Cmarketing:${marketing}%2Cmethod:%27explicit%27%2Cver:1%2Cutc:${Date.now() - 864e6}%2Cregion:%27de%27}`;
const holding = (value) => ({
  banner: false,
  arrive: (page) => page.context().addCookies([{ name: 'CookieConsent', value, url: here.url }]),
});

test('who refused everything there is not asked again, and the refusal is on record as brought over', async () => {
  here.page('/', '');
  const person = await here.visit('/', holding(cookiebot(false, false, false)));
  const { visitor, consent } = await recorded(person, 1);
  assert.deepEqual(Object.values(consent.choices), [false, false, false, false]);
  assert.equal(await control(person, 'accept-all').count(), 0);
  assert.equal(await person.evaluate(() => Boolean(document.querySelector('ouinon-banner')?.shadowRoot.querySelector('.banner'))), false);
  const record = await here.ouinon.decision(here.site, visitor, 'analytics');
  assert.deepEqual([record.allowed, record.reason, record.evidence.action], [false, 'PURPOSE_DENIED', 'reject_all']);
  const { items } = await here.ouinon.ask(here.site, `/consents?visitor=${visitor}`);
  assert.deepEqual([items[0].method, items[0].assurance], ['import', 'scripted']);
  assert.deepEqual(person.problems, []);
  await person.reload();
  await recorded(person, 1);
  // Once ours is gone, theirs is not read again: the banner asks.
  await person.context().clearCookies({ name: /^ouinon/ });
  await person.reload();
  await bannerShown(person);
  await person.context().close();
});

test('a yes given there is asked for again, with nothing ticked and nothing stored before', async () => {
  here.page('/', '');
  const person = await here.visit('/', { ...holding(cookiebot(true, true, false)), banner: true });
  assert.deepEqual((await stored(person)).cookies, ['CookieConsent']);
  assert.deepEqual((await stored(person)).local, []);
  await control(person, 'customise').click();
  const ticked = await person.locator('ouinon-banner dialog input:checked:not(:disabled)').count();
  assert.equal(ticked, 0);
  await person.context().close();
});

test('elements marked for three other tools wait for their purpose, and start once it is allowed', async () => {
  const { url } = here.third;
  here.page('/', `
    <script type="text/plain" data-category="analytics" src="${url}/vanilla.js"></script>
    <script type="text/plain" data-cookieconsent="statistics" src="${url}/cookiebot.js"></script>
    <script type="text/plain" class="optanon-category-C0002" src="${url}/onetrust.js"></script>
    <script type="text/plain" class="optanon-category-C0002-C0004" src="${url}/both.js"></script>
    <script type="text/plain" data-cookieconsent="statistics, marketing" data-src="${url}/list.js"></script>
    <script type="text/plain" data-cookieconsent="Social">(window.__ran ||= []).push('social');</script>
    <script type="text/plain" data-category="unheard">(window.__ran ||= []).push('unheard');</script>
    <script type="text/plain" data-category="analytics" data-purpose="retargeting">(window.__ran ||= []).push('own');</script>
    <iframe title="A film" width="400" height="200" data-cookieconsent="preferences" data-cookieblock-src="${url}/film.html"></iframe>
    <button data-category="analytics">Not ours</button>`);
  const person = await here.visit('/');
  await person.evaluate((address) => {
    const late = document.createElement('script');
    Object.assign(late, { type: 'text/plain', src: `${address}/late.js`, className: 'x optanon-category-C0002' });
    document.body.append(late);
  }, url);
  await person.waitForTimeout(200);
  assert.equal(await person.evaluate(() => window.__ran), undefined);
  assert.deepEqual(here.third.seen, []);
  assert.equal(await person.locator('button[data-purpose]').count(), 0);
  assert.equal(await person.locator('ouinon-placeholder').count(), 1, 'what would be seen has its placeholder');
  await person.evaluate(() => window.ouinon.save({ choices: { analytics: true } }));
  await recorded(person, 1);
  assert.deepEqual(await ran(person, 4), ['vanilla', 'cookiebot', 'onetrust', 'late']);
  await person.evaluate(() => window.ouinon.save({ choices: { advertising: true, retargeting: true, functional: true } }));
  await recorded(person, 2);
  assert.deepEqual((await ran(person, 8)).slice(4).toSorted(), ['both', 'list', 'own', 'social']);
  await person.frameLocator('iframe').getByText('Play').waitFor();
  assert.deepEqual(person.problems, []);
  await person.context().close();
});

test('where the law asks for an opt-out, one made there holds from the first moment and is not asked for again', async () => {
  await here.close();
  here = await openElsewhere({ change, place: 'US-CA' });
  const { url } = here.third;
  here.page('/', `<script type="text/plain" data-cookieconsent="marketing" src="${url}/ads.js"></script>
    <script type="text/plain" data-cookieconsent="statistics" src="${url}/stats.js"></script>`);
  const person = await here.visit('/', holding(cookiebot(true, true, false)));
  const { visitor, consent } = await recorded(person, 1);
  assert.deepEqual(consent.choices, { functional: true, analytics: true, advertising: false, retargeting: false });
  assert.deepEqual(await ran(person, 1), ['stats']);
  assert.equal(await control(person, 'accept-all').count(), 0);
  const reasons = await Promise.all(['analytics', 'advertising'].map((purpose) => here.ouinon.decision(here.site, visitor, purpose)));
  assert.deepEqual(reasons.map(({ reason }) => reason), ['NOT_OPTED_OUT', 'OPTED_OUT']);
  await person.context().close();
});
