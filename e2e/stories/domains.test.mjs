// One owner with several hosts: subdomains share a choice by a cookie of their parent domain, other domains
// by a link that takes it along, once, without naming anybody.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openElsewhere } from '../support/elsewhere.mjs';
import { bannerShown, control, recorded } from '../support/browser.mjs';

const [NORTH, SOUTH, OTHER, STRANGER] = ['north.shop.localhost', 'south.shop.localhost', 'atelier.localhost', 'stranger.localhost'];

let here;
let at;
before(async () => {
  here = await openElsewhere({ host: NORTH, more: [SOUTH, OTHER] });
  at = (host, path = '/') => here.url.replace(NORTH, host) + path;
  await here.ouinon.publish(here.site, (notice) => ({ ...notice, handover: true }));
});
after(() => here?.close());

const records = async (visitor) => (await here.ouinon.ask(here.site, `/consents?visitor=${visitor}`)).items;

/** Follows a link of the page that has this text; gives the address the browser asked for, with what stood behind it. */
async function follow(person, to, text = 'there') {
  await person.evaluate(([href, words]) => {
    document.body.insertAdjacentHTML('beforeend', `<p><a href="${href}">${words}</a></p>`);
  }, [to, text]);
  const gone = person.waitForRequest((request) => request.isNavigationRequest() && request.url().startsWith(new URL(to).origin));
  await person.locator(`a:text-is("${text}")`).last().click();
  return (await gone).url();
}

test('subdomains share one choice, and one withdrawal, by the cookie of their parent domain', async () => {
  await here.ouinon.command(['site', 'update', '--site', here.site.id, '--cookie-domain', 'shop.localhost']);
  here.page('/', '');
  const person = await here.visit();
  const { visitor } = await here.say(person, 'accept-all');
  assert.ok((await person.context().cookies()).every(({ domain }) => domain === '.shop.localhost'));
  await person.goto(at(SOUTH));
  await person.waitForFunction(() => window.ouinon?.consent);
  assert.equal(await control(person, 'accept-all').count(), 0, 'not asked again');
  assert.equal((await recorded(person, 1)).visitor, visitor);
  await person.evaluate(() => window.ouinon.withdraw());
  await recorded(person, 2);
  await person.goto(at(NORTH));
  assert.equal((await recorded(person, 2)).consent.choices.analytics, false);
  assert.equal((await records(visitor)).length, 2);
  assert.deepEqual(person.problems, []);
  await person.context().close();
});

test('a link to another domain of the site takes the choice along; nobody is asked again, nothing stays in the address', async () => {
  here.page('/', '');
  here.page('/inside', '<h2 id="part" style="margin-top:3000px">A part</h2>');
  const person = await here.visit();
  const tokens = [];
  await person.route('**/handovers', async (route) => {
    const response = await route.fetch();
    tokens.push((await response.json()).token);
    await route.fulfill({ response });
  });
  const { visitor } = await here.say(person, 'accept-all');
  const secret = (await person.context().cookies()).find(({ name }) => name === 'ouinon_s').value;
  const asked = [];
  person.on('request', (request) => asked.push(`${request.url()} ${request.headers().referer || ''}`));
  await follow(person, at(OTHER, '/inside#part'));
  assert.equal((await recorded(person, 1)).visitor, visitor);
  assert.equal(person.url(), at(OTHER, '/inside#part'));
  assert.ok(await person.evaluate(() => scrollY) > 1000, 'the part that was meant is looked for');
  assert.equal(await control(person, 'accept-all').count(), 0);
  assert.equal((await records(visitor)).length, 1, 'recorded once, where it was given');
  assert.deepEqual(asked.filter((text) => text.includes(visitor) || text.includes(secret)), [], 'no address names the visitor');
  assert.ok(!tokens[0].includes(secret) && !tokens[0].includes(visitor));
  // The same link again, in another browser: worth nothing.
  const thief = await here.visit('/', { banner: false });
  thief.setDefaultTimeout(8000);
  await thief.goto(at(OTHER, `/inside#ouinon=${tokens[0]}`), { referer: at(NORTH) });
  await bannerShown(thief);
  assert.equal(await thief.evaluate(() => window.ouinon.visitor), null);
  await thief.context().close();
  await person.context().close();
});

test('a link that a stranger made brings nobody else’s choice', async () => {
  here.page('/', '');
  const stranger = await here.visit();
  await here.say(stranger, 'accept-all');
  const secret = (await stranger.context().cookies()).find(({ name }) => name === 'ouinon_s').value;
  const mint = () => stranger.evaluate(async ([base, site, visitor_secret, to]) => {
    const answer = await fetch(`${base}/v1/sites/${site}/handovers`, { method: 'POST', body: JSON.stringify({ visitor_secret, to }) });
    return (await answer.json()).token;
  }, [here.ouinon.url, here.site.id, secret, at(OTHER).slice(0, -1)]);
  for (const path of ['typed', 'from elsewhere']) {
    const token = await mint();
    const person = await here.visit('/', { banner: false });
    if (path === 'typed') await person.goto(at(OTHER, `/#ouinon=${token}`));
    else {
      await person.goto(at(STRANGER));
      await follow(person, at(OTHER, `/#ouinon=${token}`));
    }
    await bannerShown(person);
    assert.equal(await person.evaluate(() => window.ouinon.visitor), null, path);
    assert.equal(person.url(), at(OTHER), 'taken out of the address');
    await person.context().close();
  }
  await stranger.context().close();
});

test('what was said on the other domain itself is never replaced', async () => {
  here.page('/', '');
  const person = await here.visit();
  await person.goto(at(OTHER));
  await bannerShown(person);
  await control(person, 'reject-all').click();
  const { visitor } = await recorded(person, 1);
  await person.goto(at(NORTH));
  await bannerShown(person);
  await control(person, 'accept-all').click();
  await recorded(person, 1);
  await follow(person, at(OTHER));
  const there = await recorded(person, 1);
  assert.deepEqual([there.visitor, there.consent.choices.analytics], [visitor, false]);
  await person.context().close();
});
