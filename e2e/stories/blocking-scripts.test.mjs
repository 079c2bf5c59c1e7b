// Scripts held back by `type="text/plain"`: none before its time, each as it was written, in order,
// also where a page or a single-page application brings them later.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openElsewhere, ran } from '../support/elsewhere.mjs';
import { recorded } from '../support/browser.mjs';

let here;
before(async () => { here = await openElsewhere(); });
after(() => here?.close());

const held = (rest, text = '') => `<script type="text/plain" data-purpose="analytics" ${rest}>${text}</script>`;
const note = (name) => `(window.__ran ||= []).push('${name}')`;

test('scripts start in the order of the page, inline ones too; async and modules do not hold others up', async () => {
  const { url } = here.third;
  here.page('/', [
    held(`src="${url}/slow.js?wait=400"`), held('', note('inline after slow')), held(`defer src="${url}/defer.js"`),
    held(`async src="${url}/async.js?wait=900"`), held(`data-type="module" src="${url}/module.js"`),
    held('data-type="module"', `import '${url}/imported.js'; ${note('inline module')}`), held('', note('last')),
  ].join('\n'));
  const person = await here.visit();
  assert.deepEqual(here.third.seen, [], 'nothing is fetched before');
  await here.say(person, 'accept-all');
  const order = await ran(person, 8);
  const classic = order.filter((name) => !/async|module|imported/.test(name));
  assert.deepEqual(classic, ['slow', 'inline after slow', 'defer', 'last']);
  assert.deepEqual(order.filter((name) => /module|imported/.test(name)), ['module', 'imported', 'inline module']);
  assert.equal(order.at(-1), 'async', 'who waited for nobody came last');
  assert.deepEqual(await person.evaluate(() => [...document.querySelectorAll('body script')].map((own) => [own.type, own.async, own.defer])),
    [['', false, false], ['', false, false], ['', false, true], ['', true, false], ['module', false, false], ['module', false, false], ['', false, false]]);
  assert.deepEqual(person.problems, []);
  await person.context().close();
});

test('a script that fails holds nobody up', async () => {
  here.page('/', held('src="http://127.0.0.1:9/none.js"') + held('', note('after')));
  const person = await here.visit();
  await here.say(person, 'accept-all');
  assert.deepEqual(await ran(person, 1), ['after']);
  await person.context().close();
});

test('under a strict policy the nonce goes along', async () => {
  const { ouinon, third } = here;
  const policy = `default-src 'none'; script-src 'nonce-abc' ${ouinon.url} 'wasm-unsafe-eval'; connect-src ${ouinon.url}; style-src 'self'; img-src data:`;
  here.page('/', held('nonce="abc"', note('inline')) + held(`nonce="abc" src="${third.url}/outside.js"`),
    { headers: { 'content-security-policy': policy } });
  const person = await here.visit();
  await here.say(person, 'accept-all');
  assert.deepEqual(await ran(person, 2), ['inline', 'outside']);
  assert.deepEqual(person.problems, []);
  await person.context().close();
});

test('what a page adds later waits, or starts at once where it may', async () => {
  here.page('/', '<main id="main"></main>');
  const person = await here.visit();
  const add = (name, purpose) => person.evaluate(([address, own, wanted]) => {
    document.querySelector('#main').insertAdjacentHTML('beforeend', `
      <script type="text/plain" data-purpose="${wanted}" src="${address}/${own}.js"></script>
      <iframe title="${own}" data-purpose="${wanted}" data-src="${address}/${own}.html"></iframe>`);
  }, [here.third.url, name, purpose]);
  await add('early', 'analytics');
  await person.waitForTimeout(300);
  assert.deepEqual(here.third.seen, []);
  await person.evaluate(() => window.ouinon.save({ choices: { analytics: true } }));
  await recorded(person, 1);
  assert.deepEqual(await ran(person, 1), ['early']);
  await add('late', 'analytics');
  assert.deepEqual(await ran(person, 2), ['early', 'late']);
  await add('never', 'advertising');
  await person.waitForTimeout(300);
  assert.deepEqual(here.third.seen.toSorted(), ['early.html', 'early.js', 'late.html', 'late.js']);
  await person.context().close();
});

test('a single-page application goes on: by history, by hash and by query', async () => {
  here.page('/', '<main id="main"></main>');
  here.page('/shop', '<main id="main"></main>');
  const person = await here.visit();
  const go = (name, how) => person.evaluate(([address, own, way]) => {
    if (way === 'hash') location.hash = own;
    else history.pushState({}, '', way === 'query' ? `?page=${own}` : `/shop/${own}`);
    document.querySelector('#main').replaceChildren(document.createRange().createContextualFragment(`<h1>${own}</h1>
      <script type="text/plain" data-purpose="analytics" src="${address}/${own}.js"></script>`));
  }, [here.third.url, name, how]);
  await go('one', 'path');
  await person.waitForTimeout(200);
  assert.deepEqual(here.third.seen, []);
  assert.equal(await person.locator('ouinon-banner').count(), 1, 'the banner stays, once');
  await here.say(person, 'accept-all');
  assert.deepEqual(await ran(person, 1), ['one']);
  for (const [index, how] of ['path', 'hash', 'query'].entries()) {
    await go(how, how);
    assert.equal((await ran(person, index + 2)).at(-1), how, 'starts at once');
  }
  await person.goBack();
  await person.waitForTimeout(200);
  assert.equal((await ran(person, 4)).length, 4, 'going back runs nothing twice');
  assert.equal(await person.evaluate(() => window.ouinon.consent.version), 1);
  assert.deepEqual(person.problems, []);
  await person.context().close();
});

test('neither a script for old browsers nor one that takes the next away holds up the rest', async () => {
  const { url } = here.third;
  here.page('/', [
    held(`data-type="module" src="${url}/module.js"`), held(`nomodule src="${url}/old.js"`),
    held('', `document.querySelector('#taken').remove(); ${note('taker')}`), held(`id="taken" src="${url}/taken.js"`),
    held(`src="${url}/after.js"`), held('', note('last')),
  ].join('\n'));
  const person = await here.visit();
  await here.say(person, 'accept-all');
  assert.deepEqual(await ran(person, 4), ['module', 'taker', 'after', 'last']);
  await person.context().close();
});

test('a name that every object has is neither a purpose nor a vendor of the notice', async () => {
  const odd = ['constructor', 'toString', '__proto__'];
  here.page('/', odd.map((name) => `<script type="text/plain" data-purpose="${name}">${note(name)}</script>
    <iframe title="${name}" width="400" height="200" data-purpose="${name}" data-src="${here.third.url}/${name}.html"></iframe>`).join('')
    + odd.map((name) => held(`data-vendor="${name}"`, note(name))).join('')
    + `<script type="text/plain" data-purpose="necessary">${note('needed')}</script>`);
  const person = await here.visit();
  await here.say(person, 'accept-all');
  assert.deepEqual(await ran(person, 1), ['needed']);
  assert.deepEqual(here.third.seen, []);
  assert.equal(await person.locator('ouinon-placeholder').count(), 0);
  assert.deepEqual(person.problems, []);
  await person.context().close();
});
