// What a withdrawal takes along: cookies by name and pattern, on every path and parent domain,
// entries of the storages, and where the site says so the page itself.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openElsewhere } from '../support/elsewhere.mjs';
import { control, recorded } from '../support/browser.mjs';
import { until } from '../support/process.mjs';

const cookies = ['stat_id', 'stat_*', 'stat_shop', 'stat_store'].map((name) => ({ name, purpose: 'analytics' }));
const change = (notice) => {
  notice.cookies.push(...cookies);
};
const HOST = 'www.shop.localhost';

let here;
before(async () => { here = await openElsewhere({ change, host: HOST }); });
after(() => here?.close());

const names = async (person) => (await person.context().cookies()).map(({ name, domain, path }) => `${name} ${domain}${path}`).sort();

test('cookies go by name and pattern, on this path and its parents, on this host and its parents', async () => {
  here.page('/a/b/page', '<p>Deep.</p>');
  const person = await here.visit('/a/b/page');
  await here.say(person, 'accept-all');
  await person.evaluate(() => {
    for (const path of ['/', '/a', '/a/', '/a/b', '/a/b/', '/a/b/page'])
      for (const domain of ['', ';domain=www.shop.localhost', ';domain=shop.localhost'])
        document.cookie = `stat_${path.length}=1;path=${path}${domain}`;
    document.cookie = 'stat_id=1';
    document.cookie = 'own=1;path=/a';
    localStorage.setItem('stat_store', '1');
    sessionStorage.setItem('stat_store', '1');
  });
  // A browser writes cookies down a moment after it took them.
  const stats = async () => (await names(person)).filter((line) => line.startsWith('stat_')).length;
  await until('all are written down', async () => (await stats()) === 19);
  await person.evaluate(() => window.ouinon.withdraw());
  await recorded(person, 2);
  await until('all are gone', async () => (await stats()) === 0);
  assert.deepEqual((await names(person)).filter((line) => !line.startsWith('ouinon')), [`own ${HOST}/a`]);
  assert.deepEqual(await person.evaluate(() => [localStorage.stat_store, sessionStorage.stat_store]), [undefined, undefined]);
  await person.context().close();
});

test('a script that runs stops with the page, and the page stays unless the site says otherwise', async () => {
  here.page('/', '<script type="text/plain" data-purpose="analytics">window.__beat = setInterval(() => { window.__beats = (window.__beats || 0) + 1; }, 20);</script>');
  const person = await here.visit('/');
  await here.say(person, 'accept-all');
  await person.waitForFunction(() => window.__beats > 2);
  await person.evaluate(() => { window.__stayed = true; });
  await control(person, 'open').click();
  await here.say(person, 'withdraw', 2);
  await person.waitForTimeout(400);
  assert.equal(await person.evaluate(() => window.__stayed), true);
  await person.reload();
  await person.waitForTimeout(300);
  assert.equal(await person.evaluate(() => window.__beats), undefined);
  await person.context().close();
});

test('`reload_on_withdrawal`: what is taken back stops at once, and the choice arrives all the same', async () => {
  await here.ouinon.publish(here.site, (notice) => {
    change(notice);
    notice.reload_on_withdrawal = true;
  });
  const person = await here.visit('/');
  await person.evaluate(() => { window.__stayed = true; });
  await here.say(person, 'accept-all');
  await person.waitForFunction(() => window.__beats > 2);
  assert.equal(await person.evaluate(() => window.__stayed), true, 'a yes loads nothing anew');
  await control(person, 'open').click();
  await control(person, 'withdraw').click();
  await person.waitForFunction(() => !window.__stayed && window.ouinon?.consent);
  const { visitor, consent } = await recorded(person, 2);
  assert.equal(consent.choices.analytics, false);
  assert.equal(await person.evaluate(() => window.__beats), undefined);
  const decision = await here.ouinon.decision(here.site, visitor, 'analytics');
  assert.deepEqual([decision.allowed, decision.evidence.action, decision.evidence.version], [false, 'withdraw', 2]);
  await person.evaluate(() => { window.__stayed = true; });
  await person.evaluate(() => window.ouinon.rejectAll());
  await recorded(person, 3);
  await person.waitForTimeout(300);
  assert.equal(await person.evaluate(() => window.__stayed), true, 'nothing was taken back: nothing to stop');
  await person.evaluate(() => window.ouinon.acceptAll());
  await recorded(person, 4);
  await person.evaluate(() => window.ouinon.save({ vendors: { audimetre: false } }));
  await person.waitForFunction(() => !window.__stayed && window.ouinon?.consent);
  assert.deepEqual((await recorded(person, 5)).consent.vendors, { audimetre: false }, 'a vendor taken back is one too');
  await person.context().close();
});

test('what a purpose that is allowed lists by the same name stays', async () => {
  await here.ouinon.publish(here.site, (notice) => {
    const list = [['stat_*', 'analytics'], ['stat_cart', 'necessary'], ['both', 'analytics'], ['both', 'advertising'], ['a.b', 'analytics']];
    notice.cookies.push(...list.map(([name, purpose]) => ({ name, purpose })));
  });
  const person = await here.visit('/');
  await here.say(person, 'accept-all');
  await person.evaluate(() => ['stat_id', 'stat_cart', 'both', 'a.b', 'axb'].forEach((name) => { document.cookie = `${name}=1;path=/`; }));
  await person.evaluate(() => window.ouinon.save({ choices: { analytics: false } }));
  await recorded(person, 2);
  const left = (await person.context().cookies()).map(({ name }) => name);
  assert.deepEqual(left.toSorted(), ['axb', 'both', 'ouinon', 'ouinon_s', 'stat_cart']);
  await person.evaluate(() => window.ouinon.rejectAll());
  await recorded(person, 3);
  assert.ok(!(await person.context().cookies()).some(({ name }) => name === 'both'), 'nobody is left who may');
  await person.context().close();
});
