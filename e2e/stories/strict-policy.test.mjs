// Pages under a strict policy: by nonce alone, with Trusted Types, where WebAssembly may be compiled
// and where it may not, which is found by trying once or said by the site.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openElsewhere, ran } from '../support/elsewhere.mjs';
import { control, inPage, recorded } from '../support/browser.mjs';

let here;
let publish;
before(async () => {
  here = await openElsewhere();
  publish = (policy) => here.ouinon.publish(here.site, (notice) => ({ ...notice, policy }));
});
after(() => here?.close());

const note = (name) => `(window.__ran ||= []).push('${name}')`;
const held = (rest, text = '') => `<script nonce="abc" type="text/plain" data-purpose="analytics" ${rest}>${text}</script>`;

/** Puts a page under a policy that allows nothing by a host's name but to be asked. */
function strict({ wasm = '', more = '' } = {}) {
  const { ouinon, third } = here;
  const policy = `default-src 'none'; script-src 'nonce-abc' ${wasm}; connect-src ${ouinon.url}; style-src 'self'; img-src data:; ${more}`;
  here.page('/', held('', note('inline')) + held(`src="${third.url}/outside.js"`) + held('', note('last')),
    { head: here.tag('async nonce="abc"'), headers: { 'content-security-policy': policy } });
}

/** A visitor whose page's policy tells what was tried against it, and what it asked of the server. */
async function visit(options = {}) {
  const violations = [];
  const asked = [];
  const person = await here.visit('/', {
    ...options,
    async arrive(page) {
      await page.exposeFunction('violated', (...what) => violations.push(what.join(' ')));
      await page.addInitScript(() => document.addEventListener('securitypolicyviolation', (event) =>
        window.violated(event.effectiveDirective, event.blockedURI)));
      await options.arrive?.(page);
      page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    },
  });
  return { person, violations, plain: () => asked.filter((path) => path.startsWith('/a/plain.')).length };
}

/** Accepts, sees all that waited run in order, and takes it back on the next page in the preferences. */
async function whole(person) {
  await here.say(person, 'accept-all');
  assert.deepEqual(await ran(person, 3), ['inline', 'outside', 'last']);
  assert.equal((await recorded(person, 1)).consent.choices.analytics, true);
  await person.reload();
  await control(person, 'open').click();
  await here.say(person, 'withdraw', 2);
  const { items } = await here.ouinon.ask(here.site, `/consents?visitor=${(await recorded(person, 2)).visitor}`);
  assert.deepEqual(items.map(({ action }) => action).toSorted(), ['accept_all', 'withdraw']);
}

const remembered = (person) => person.evaluate(() => JSON.parse(localStorage.getItem('ouinon_c'))?.p ?? null);

test('where WebAssembly may be compiled nothing is held against the page', async () => {
  await publish();
  strict({ wasm: "'wasm-unsafe-eval'" });
  const { person, violations, plain } = await visit();
  await whole(person);
  assert.deepEqual([violations, plain(), await remembered(person)], [[], 0, null]);
  assert.deepEqual(person.problems, []);
  await person.context().close();
});

test('where it may not that is tried once, and not on the next page after a choice', async () => {
  await publish();
  strict();
  const { person, violations, plain } = await visit();
  assert.deepEqual([violations, plain()], [['script-src wasm-eval'], 1]);
  assert.equal(await remembered(person), null, 'nothing is stored before a choice');
  await whole(person);
  assert.deepEqual([violations, await remembered(person)], [['script-src wasm-eval'], 1]);
  await person.context().close();
});

test('where the site says so it is not tried at all, and the first page asks for no further file', async () => {
  await publish({ wasm: false, trusted_types: true });
  strict({ more: "require-trusted-types-for 'script'; trusted-types 'none';" });
  const { person, violations, plain } = await visit();
  assert.equal(plain(), 0);
  await whole(person);
  assert.deepEqual([violations, person.problems], [[], []]);
  await person.context().close();
});

test('where Trusted Types are demanded, placeholders and the preferences in the page work too', async () => {
  await publish({ trusted_types: true });
  const { ouinon, third } = here;
  const policy = `default-src 'none'; script-src 'nonce-abc' 'wasm-unsafe-eval'; connect-src ${ouinon.url}; style-src 'self'; img-src data:; frame-src ${third.url}; `
    + "require-trusted-types-for 'script'; trusted-types 'none';";
  here.page('/', `<iframe title="A film" width="400" height="300" data-purpose="functional" data-src="${third.url}/film.html"></iframe>
    <ouinon-preferences></ouinon-preferences>`, { head: here.tag('async nonce="abc"'), headers: { 'content-security-policy': policy } });
  const { person, violations } = await visit({ banner: false });
  await person.locator('ouinon-placeholder button').first().click();
  await person.frameLocator('iframe').getByText('Play').waitFor();
  await inPage(person, 'reject-all').click();
  await recorded(person, 1);
  assert.deepEqual([violations, person.problems], [[], []]);
  await person.context().close();
});

test('a browser without WebAssembly, as one in lockdown, gets the same banner', async () => {
  await publish();
  here.page('/', '');
  const { person, plain } = await visit({ arrive: (page) => page.addInitScript(() => delete window.WebAssembly) });
  await here.say(person, 'reject-all');
  assert.equal(plain(), 1);
  assert.deepEqual(person.problems, []);
  await person.context().close();
});
