// Automatic mode: known third parties wait for their purpose though nothing on the page is marked.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openElsewhere, ran } from '../support/elsewhere.mjs';
import { control, recorded } from '../support/browser.mjs';

const SHOWN = 'player.shown.example';
const LEFT = 'stats.g.doubleclick.net';

let here;
before(async () => {
  here = await openElsewhere({
    change: (notice) => {
      notice.automatic = { hosts: { [SHOWN]: 'functional', [LEFT]: null } };
      notice.vendors.push({ key: 'hotjar', name: 'Hotjar', purposes: ['analytics'], country: 'MT', policy_url: 'https://www.hotjar.com/' });
    },
  });
});
after(() => here?.close());

const POLICY = () => `default-src 'none'; script-src 'unsafe-inline' https: ${here.ouinon.url} 'wasm-unsafe-eval'; `
  + `connect-src https: ${here.ouinon.url}; style-src 'self'; frame-src https:; img-src https: data:`;

/** A visitor on a page whose third parties are all played here; `asked` is what they were asked. */
async function visit(body, headers) {
  here.page('/', body, { head: here.tag(''), headers });
  const asked = [];
  const person = await here.visit('/', {
    banner: false,
    arrive: (page) => page.route(/^https:/, (route) => {
      const { hostname, pathname } = new URL(route.request().url());
      asked.push(hostname + pathname);
      const name = pathname.slice(1).replace(/\.js$/, '');
      const headers = { 'access-control-allow-origin': '*' };
      if (route.request().resourceType() === 'script')
        return route.fulfill({ headers, contentType: 'text/javascript', body: `(window.__ran ||= []).push('${name}')` });
      if (route.request().resourceType() === 'document') return route.fulfill({ headers, contentType: 'text/html', body: '<button>Play</button>' });
      return route.fulfill({ headers, contentType: 'image/gif', body: '' });
    }),
  });
  await control(person, 'accept-all').waitFor();
  return { person, asked };
}

const GA = 'https://www.google-analytics.com';

test('scripts a page adds wait, by whatever way they come, and start once with what listens to them', async () => {
  const { person, asked } = await visit(`<div id="box"></div><template><script src="${GA}/template.js"></script></template><script>
    const script = (name, more) => Object.assign(document.createElement('script'), { src: '${GA}/' + name + '.js', ...more });
    document.head.appendChild(script('append', { onload: () => { window.__heard = true; } }));
    document.body.append(script('typed', { async: false, type: 'text/javascript' }));
    const late = document.createElement('script');
    document.body.insertBefore(late, null);
    late.setAttribute('src', '${GA}/late.js');
    document.querySelector('#box').append(document.querySelector('template').content.cloneNode(true));
    document.querySelector('#box').append(document.createRange().createContextualFragment('<script src="${GA}/fragment.js"><\\/script>'));
    document.write('<script src="${GA}/written.js"><\\/script>');
    document.head.append(Object.assign(document.createElement('script'), { src: 'https://cdn.unknown.example/unknown.js' }));
  </script>`);
  assert.deepEqual(await ran(person, 1), ['unknown']);
  assert.deepEqual(asked.filter((address) => address !== 'www.google-analytics.com/written.js'), ['cdn.unknown.example/unknown.js']);
  await person.evaluate(() => window.ouinon.save({ choices: { analytics: true } }));
  await recorded(person, 1);
  const names = (await ran(person, 7)).toSorted();
  assert.deepEqual(names, ['append', 'fragment', 'late', 'template', 'typed', 'unknown', 'written']);
  assert.equal(await person.evaluate(() => window.__heard), true);
  assert.deepEqual(person.problems, []);
  await person.context().close();
});

test('scripts of the page itself do not run before, and keep their order after', async () => {
  const { person } = await visit(`<script src="${GA}/one.js"></script><script src="https://connect.facebook.net/two.js"></script>
    <script src="${GA}/three.js" defer></script><script>window.__own = true;</script>`);
  await person.waitForFunction(() => window.__own);
  assert.equal(await person.evaluate(() => window.__ran), undefined);
  await control(person, 'accept-all').click();
  await recorded(person, 1);
  assert.deepEqual(await ran(person, 3), ['one', 'two', 'three']);
  await person.reload();
  assert.deepEqual((await ran(person, 3)).toSorted(), ['one', 'three', 'two'], 'allowed, nothing is held');
  await person.context().close();
});

test('pictures, requests and beacons do not leave', async () => {
  const { person, asked } = await visit('<div id="box"></div>');
  const told = await person.evaluate(async (address) => {
    new Image().src = `${address}/pixel.gif`;
    document.querySelector('#box').innerHTML = `<b>text</b><img alt="x" src="${address}/inner.gif"><IMG SRC='${address}/inner2.gif'>`;
    document.querySelector('#box').insertAdjacentHTML('beforeend', `<img src=${address}/inner3.gif>`);
    const fetched = await fetch(`${address}/collect`, { mode: 'no-cors' }).then(() => 'sent', (error) => error.name);
    const requested = await fetch(new Request(`${address}/collect`, { mode: 'no-cors' })).then(() => 'sent', (error) => error.name);
    const beacon = navigator.sendBeacon(`${address}/collect`, 'x');
    const xhr = await new Promise((resolve) => {
      const request = new XMLHttpRequest();
      request.onload = () => resolve('sent');
      request.onerror = () => resolve('error');
      request.open('GET', `${address}/collect`);
      request.send();
    });
    const text = document.querySelector('#box b').textContent;
    return [fetched, requested, beacon, xhr, text];
  }, GA);
  assert.deepEqual(told, ['TypeError', 'TypeError', false, 'error', 'text']);
  assert.deepEqual(asked, []);
  await person.evaluate(() => window.ouinon.acceptAll());
  await recorded(person, 1);
  assert.equal(await person.evaluate((address) => fetch(`${address}/collect`).then(({ ok }) => ok), GA), true);
  await person.waitForFunction(() => [...document.querySelectorAll('#box img')].every((own) => own.src));
  assert.deepEqual(asked.toSorted(), ['/collect', '/inner.gif', '/inner2.gif', '/inner3.gif'].map((path) => `www.google-analytics.com${path}`));
  await person.context().close();
});

test('frames get their placeholder, wherever they come from', async () => {
  const { person, asked } = await visit('<iframe title="Map" width="400" height="300" src="https://maps.google.com/embed"></iframe><div id="box"></div>');
  await control(person, 'reject-all').click();
  await recorded(person, 1);
  await person.evaluate((shown) => {
    const frame = document.createElement('iframe');
    frame.src = `https://${shown}/film`;
    document.querySelector('#box').append(frame);
    document.querySelector('#box').insertAdjacentHTML('beforeend', '<iframe src="https://player.vimeo.com/video/1"></iframe>');
  }, SHOWN);
  await person.locator('ouinon-placeholder').nth(2).waitFor();
  const texts = await person.locator('ouinon-placeholder .box').allInnerTexts();
  for (const [index, name] of ['Google Maps', SHOWN, 'Vimeo'].entries()) assert.ok(texts[index].includes(name), texts[index]);
  assert.deepEqual(asked.filter((address) => !address.startsWith('maps.google.com')), [], 'what the page adds is not asked');
  asked.splice(0);
  await person.locator('ouinon-placeholder').nth(1).locator('button').first().click();
  await person.frameLocator('#box iframe >> nth=0').getByText('Play').waitFor();
  assert.deepEqual(asked, [`${SHOWN}/film`]);
  await person.locator('ouinon-placeholder').nth(1).locator('button').last().click();
  await recorded(person, 2);
  await person.waitForFunction(() => !document.querySelector('ouinon-placeholder'));
  await person.waitForTimeout(200);
  assert.deepEqual(asked.toSorted(), ['maps.google.com/embed', `${SHOWN}/film`, 'player.vimeo.com/video/1']);
  await person.evaluate(() => window.ouinon.withdraw());
  await person.locator('ouinon-placeholder').nth(2).waitFor();
  assert.deepEqual(await person.evaluate(() => [...document.querySelectorAll('iframe')].map(({ src }) => src)), Array(3).fill('about:blank'));
  await person.context().close();
});

test('the site has the last word on a host, the visitor on a vendor, and markup on itself', async () => {
  const { person, asked } = await visit(`<script type="text/plain" data-purpose="functional" src="${GA}/marked.js"></script>`);
  const add = (address) => person.evaluate((src) => document.head.append(Object.assign(document.createElement('script'), { src })), address);
  await add(`https://${LEFT}/left.js`);
  assert.deepEqual(await ran(person, 1), ['left']);
  await person.evaluate(() => window.ouinon.save({ choices: { functional: true, analytics: true }, vendors: { hotjar: false } }));
  await recorded(person, 1);
  await add('https://static.hotjar.com/hotjar.js');
  await add(`${GA}/other.js`);
  assert.deepEqual((await ran(person, 3)).toSorted(), ['left', 'marked', 'other']);
  assert.deepEqual(asked.filter((address) => address.includes('hotjar')), []);
  await person.context().close();
});

test('a frame that the page gives another address shows that, and stays stopped where the page stops it', async () => {
  const { person, asked } = await visit('<iframe id="film" width="400" height="300"></iframe><div id="box"></div>');
  await control(person, 'reject-all').click();
  await recorded(person, 1);
  const show = (address) => person.evaluate((src) => { document.querySelector('#film').src = src; }, address);
  await show('https://player.vimeo.com/one');
  await person.locator('ouinon-placeholder').waitFor();
  await show('/own');
  await person.waitForFunction(() => !document.querySelector('ouinon-placeholder'));
  await person.evaluate(() => window.ouinon.acceptAll());
  await recorded(person, 2);
  assert.equal(await person.locator('#film').getAttribute('src'), '/own');
  await show('https://player.vimeo.com/two');
  await person.frameLocator('#film').getByText('Play').waitFor();
  for (const stopped of ['', 'about:blank']) {
    await show(stopped);
    await person.evaluate(() => document.querySelector('#box').append('more'));
    await person.waitForTimeout(150);
    assert.equal(await person.locator('#film').getAttribute('src'), stopped);
  }
  assert.deepEqual(asked, ['player.vimeo.com/two']);
  await person.context().close();
});

test('texts: quotes, slashes and what stands after the address are read as a browser does; what is no element stays', async () => {
  const { person, asked } = await visit('<div id="box"></div>');
  const told = await person.evaluate((address) => {
    const box = document.querySelector('#box');
    box.innerHTML = `<img alt="a > b" src="${address}/larger.gif"><img/src="${address}/slash.gif"><img alt=""src="${address}/quote.gif">`;
    document.body.append(document.createRange().createContextualFragment(
      `<script src="${address}/data.js" type="application/json"><\/script><script src="${address}/module.js" type="module"><\/script>`));
    const make = (name, value) => Object.assign(document.createElement(name), { innerHTML: value });
    const frame = `<iframe src="${address}/frame.html"></iframe>`;
    return [make('textarea', frame).value === frame, make('script', frame).text === frame, make('p', true).innerHTML,
      make('p', `<img-x src="${address}/"></img-x>`).innerHTML.includes('data-purpose')];
  }, GA);
  assert.deepEqual(told, [true, true, 'true', false]);
  await person.waitForTimeout(100);
  assert.deepEqual(asked, []);
  await person.evaluate(() => window.ouinon.acceptAll());
  await recorded(person, 1);
  assert.deepEqual(await ran(person, 1), ['module'], 'data is no script');
  assert.deepEqual(await person.evaluate(() => [...document.querySelectorAll('body > script')].map(({ type }) => type)), ['application/json', 'module']);
  await person.context().close();
});

test('a held script that is copied, or taken out and put back, starts when it may', async () => {
  const { person, asked } = await visit('<p>Text.</p>');
  await person.evaluate((address) => {
    const make = (name) => document.body.appendChild(Object.assign(document.createElement('script'), { src: `${address}/${name}.js` }));
    window.__kept = make('kept');
    window.__kept.remove();
    document.body.append(make('copied').cloneNode(true));
  }, GA);
  await person.evaluate(() => window.ouinon.acceptAll());
  await recorded(person, 1);
  assert.deepEqual(await ran(person, 2), ['copied', 'copied']);
  await person.evaluate(() => document.body.append(window.__kept));
  assert.equal((await ran(person, 3)).at(-1), 'kept');
  assert.equal(await person.locator('[data-held]').count(), 0);
  assert.ok(asked.length);
  await person.context().close();
});

test('a host is known by its whole name, however it is written', async () => {
  const { person } = await visit('<p>Text.</p>');
  const told = await person.evaluate(async () => {
    const ask = (address) => fetch(address, { mode: 'no-cors' }).then(() => true, () => false);
    const out = [];
    for (const address of ['//WWW.Google-Analytics.COM:8443/x', 'https://www.google-analytics.com./x', 'https://me:secret@google-analytics.com/x',
      'https://notgoogle-analytics.com/x', 'https://google-analytics.com.evil.example/x', 'data:,x', '/', URL.createObjectURL(new Blob(['x']))])
      out.push(await ask(address.replace(/^\/\//, 'https://')));
    return out;
  });
  assert.deepEqual(told, [false, false, false, true, true, true, true, true]);
  await person.context().close();
});
test('under a strict policy too; without the mode nothing of it is served', async () => {
  const { person, asked } = await visit(`<script>document.head.append(Object.assign(document.createElement('script'), { src: '${GA}/one.js' }));</script>`,
    { 'content-security-policy': POLICY() });
  await person.waitForTimeout(200);
  assert.deepEqual(asked, []);
  await control(person, 'accept-all').click();
  assert.deepEqual(await ran(person, 1), ['one']);
  assert.deepEqual(person.problems, []);
  await person.context().close();
  const script = () => fetch(`${here.ouinon.url}/b/${here.site.id}.js`).then((answer) => answer.text());
  assert.match(await script(), /googletagmanager/);
  await here.ouinon.publish(here.site);
  assert.doesNotMatch(await script(), /googletagmanager|sendBeacon/);
});
