// For developers: what a page calls before the tag has come, and the declarations it compiles with.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { control, recorded } from '../support/browser.mjs';
import { openElsewhere, ran } from '../support/elsewhere.mjs';

let here;
before(async () => {
  here = await openElsewhere();
});
after(() => here?.close());

/** As docs/INSTALL.md has it; `order` tells which calls came. */
const CALLS = `<script>
  window.order = [];
  (window.ouinon = window.ouinon || []).push(() => { throw new Error("the page's own"); });
  (window.ouinon = window.ouinon || []).push((ouinon) => {
    order.push('push ' + ouinon.allowed('analytics'));
    ouinon.ready.then(() => order.push('ready'));
    ouinon.on('change', (consent) => order.push('change ' + consent.choices.analytics));
  });
</script>`;

/** The tag alone, and all `site create` prints, before the calls and after. */
const heads = () => ({
  'the plain tag after the calls': `${CALLS}${here.tag()}`,
  'the plain tag before the calls, without async': `${here.tag('')}${CALLS}`,
  'the whole snippet before the calls': `${here.site.snippet}${CALLS}`,
  'the whole snippet after the calls': `${CALLS}${here.site.snippet}`,
});

for (const name of ['the plain tag after the calls', 'the plain tag before the calls, without async',
  'the whole snippet before the calls', 'the whole snippet after the calls']) {
  test(`what a page calls early is done, in order: ${name}`, async () => {
    const script = '<script type="text/plain" data-purpose="analytics">(window.__ran ||= []).push(\'held\');</script>';
    here.page('/', script, { head: heads()[name] });
    const person = await here.visit('/');
    assert.deepEqual(await person.evaluate(() => window.order), ['push false', 'ready']);
    await control(person, 'accept-all').click();
    await recorded(person, 1);
    assert.deepEqual(await ran(person, 1), ['held']);
    assert.deepEqual(await person.evaluate(() => window.order), ['push false', 'ready', 'change true']);
    assert.deepEqual(person.problems, ["Error: the page's own"], 'what one call throws is told, and ends nothing');
    // With a stored choice it is known when the call comes.
    await person.reload();
    await person.waitForFunction(() => window.order.length === 2);
    assert.deepEqual(await person.evaluate(() => window.order), ['push true', 'ready']);
    const later = await person.evaluate(() => new Promise((done) => window.ouinon.push(done)).then(({ visitor }) => visitor));
    assert.equal(later, await person.evaluate(() => window.ouinon.visitor));
    await person.context().close();
  });
}

test('the declarations are served for people and compilers to read', async () => {
  const answer = await fetch(`${here.ouinon.url}/ouinon.d.ts`);
  assert.deepEqual([answer.status, answer.headers.get('content-type')], [200, 'text/plain; charset=utf-8']);
  assert.match(await answer.text(), /interface Ouinon \{/);
  const again = await fetch(`${here.ouinon.url}/ouinon.d.ts`, { headers: { 'if-none-match': answer.headers.get('etag') } });
  assert.equal(again.status, 304);
});
