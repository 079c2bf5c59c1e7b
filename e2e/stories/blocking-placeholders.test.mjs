// Where a frame, a film or a social embed is held back stands a placeholder: as large, nobody else's,
// with two equal ways to have it. What it offers for once leaves no trace; what it offers for always is a choice.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { after, before, test } from 'node:test';
import { openElsewhere, ran } from '../support/elsewhere.mjs';
import { bannerShown, control, recorded, stored } from '../support/browser.mjs';

const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const words = (language) => JSON.parse(fs.readFileSync(new URL(`../../banner-wasm/texts/${language}.json`, import.meta.url)));

const pictures = new URL('../../docs/screenshots/', import.meta.url);

/** A picture is rewritten only when the story is asked to. */
const picture = async (page, name) => {
  const file = new URL(`${name}.png`, pictures);
  if (process.env.SCREENSHOTS || !fs.existsSync(file)) await page.screenshot({ path: fileURLToPath(file) });
};

/** What the purposes are called in Arabic; nothing here is shown to anybody else. */
const ARABIC = ['ضرورية', 'مقاطع الفيديو', 'قياس الجمهور', 'الإعلانات', 'إعادة الاستهداف'];

let here;
before(async () => {
  here = await openElsewhere({
    change: (notice) => {
      notice.languages.push('ar');
      notice.purposes.forEach((purpose, index) => {
        purpose.title.ar = purpose.description.ar = ARABIC[index];
      });
    },
  });
});
after(() => here?.close());

const frame = (name, rest = 'width="480" height="270"') =>
  `<iframe id="${name}" title="The ${name}" ${rest} data-purpose="functional" data-vendor="clipvue" data-src="${here.third.url}/${name}.html"></iframe>`;
const placeholder = (person, at = 0) => person.locator('ouinon-placeholder').nth(at);
const once = (person, at) => placeholder(person, at).locator('button').first();
const always = (person, at) => placeholder(person, at).locator('button').last();
const box = async (locator) => locator.evaluate((own) => {
  const { x, y, width, height } = own.getBoundingClientRect();
  return [x, y, width, height].map(Math.round);
});

/** A visitor who refused everything: the banner is out of the way. */
async function refused(body, options = {}) {
  here.page('/', body, options);
  const person = await here.visit('/', options.visit);
  await here.say(person, 'reject-all');
  return person;
}

test('it stands where the frame stood and says whose it is, what for, and asks nobody', async () => {
  const body = `${frame('film')}<p id="below">Below.</p>`;
  here.page('/plain', body.replaceAll('data-purpose', 'data-none'), { head: '' });
  const bare = await here.visit('/plain', { banner: false });
  const [place, below] = [await box(bare.locator('iframe')), await box(bare.locator('#below'))];
  await bare.context().close();
  const person = await refused(body);
  await placeholder(person).waitFor();
  assert.deepEqual(await box(placeholder(person)), place);
  assert.deepEqual(await box(person.locator('#below')), below, 'nothing moved');
  const text = (await placeholder(person).locator('.box').innerText()).replaceAll(/[\u2068\u2069]/g, '');
  for (const part of ['The film', 'Content from Clipvue', 'Purpose: Videos.', 'Load once', 'Always allow Videos']) assert.ok(text.includes(part), `${part} in ${text}`);
  assert.equal(await person.locator('iframe').isVisible(), false);
  assert.deepEqual(here.third.seen, []);
  assert.equal(await placeholder(person).locator('img, svg, video, iframe').count(), 0);
  await person.context().close();
});

test('a page that holds no frame loads nothing for it, a pixel is none', async () => {
  here.page('/', `<p>None.</p><img alt="" data-purpose="analytics" data-src="${here.third.url}/dot.gif"><script type="text/plain" data-purpose="analytics"></script>`);
  const person = await here.visit();
  const seen = [];
  person.on('request', (request) => seen.push(request.url()));
  await here.say(person, 'reject-all');
  await person.reload();
  await person.waitForFunction(() => window.ouinon?.consent);
  await person.waitForTimeout(300);
  assert.deepEqual(seen.filter((address) => /held/.test(address)), []);
  await person.context().close();
});

test('once: this frame alone, no record, gone with the page, taken back by the next no', async () => {
  const person = await refused(frame('one') + frame('two'));
  const before = await stored(person);
  await once(person).click();
  await person.frameLocator('#one').getByText('Play').waitFor();
  assert.deepEqual(here.third.seen, ['one.html']);
  assert.equal(await person.evaluate(() => document.activeElement.id), 'one', 'the focus goes along');
  assert.equal(await person.locator('ouinon-placeholder').count(), 1);
  assert.deepEqual(await stored(person), before);
  assert.equal((await here.ouinon.ask(here.site, '/consents')).items.filter(({ visitor }) => visitor === before.visitor).length, 0);
  assert.equal(await person.evaluate(() => window.ouinon.consent.version), 1);
  assert.equal(await person.locator('#one').getAttribute('style'), null, 'the frame is as it was');
  await person.evaluate(() => window.ouinon.save({ choices: { analytics: true } }));
  await recorded(person, 2);
  await placeholder(person, 1).waitFor();
  assert.equal(await person.locator('#one').getAttribute('src'), 'about:blank');
  await person.reload();
  await placeholder(person, 1).waitFor();
  assert.deepEqual(here.third.seen, ['one.html']);
  await person.context().close();
});

test('always: a recorded choice that leaves all others as they are', async () => {
  here.page('/', frame('one') + frame('two'));
  const person = await here.visit();
  await person.evaluate(() => window.ouinon.save({ choices: { advertising: true }, vendors: { revien: false, clipvue: false } }));
  await recorded(person, 1);
  await always(person, 1).click();
  const { visitor, consent } = await recorded(person, 2);
  assert.deepEqual(consent.choices, { functional: true, analytics: false, advertising: true, retargeting: false });
  assert.deepEqual(consent.vendors, { revien: false });
  await person.frameLocator('#two').getByText('Play').waitFor();
  assert.equal(await person.evaluate(() => document.activeElement.id), 'two', 'the focus goes to the frame that was asked for');
  assert.equal(await person.locator('ouinon-placeholder').count(), 0);
  const { items } = await here.ouinon.ask(here.site, `/consents?visitor=${visitor}`);
  assert.deepEqual(items.map(({ action, method }) => [action, method]), [['save', 'preferences'], ['save', 'preferences']]);
  assert.equal((await here.ouinon.decision(here.site, visitor, 'functional')).allowed, true);
  await person.evaluate(() => window.ouinon.withdraw());
  await placeholder(person, 1).waitFor();
  assert.equal(await person.locator('#two').getAttribute('src'), 'about:blank');
  await person.context().close();
});

test('beside an open banner: a yes to one purpose answers it, the rest stays a no', async () => {
  here.page('/', frame('film'));
  const person = await here.visit();
  await always(person).click();
  const { consent } = await recorded(person, 1);
  assert.deepEqual(consent.choices, { functional: true, analytics: false, advertising: false, retargeting: false });
  await control(person, 'accept-all').waitFor({ state: 'detached' });
  await person.context().close();
});

test('films, sounds, documents and pictures that say something have one; whoever is too small or wants none has not', async () => {
  const marks = `data-purpose="functional" data-vendor="clipvue" data-src="${here.third.url}/x"`;
  const person = await refused(`<video controls ${marks}></video><audio controls ${marks}></audio><embed width="300" height="150" ${marks}>
    <img width="200" height="100" alt="A chart" ${marks}><iframe width="1" height="1" ${marks}></iframe>
    <iframe data-placeholder="none" ${marks}></iframe><iframe ${marks.replace('clipvue', 'unheard')}></iframe>
    <div hidden id="tab">${frame('later')}</div>`);
  await placeholder(person, 3).waitFor();
  await person.waitForTimeout(300);
  const held = () => person.evaluate(() => [...document.querySelectorAll('ouinon-placeholder')].map((own) => own.nextElementSibling.localName));
  assert.deepEqual(await held(), ['video', 'audio', 'embed', 'img']);
  await person.evaluate(() => { document.querySelector('#tab').hidden = false; });
  await placeholder(person, 4).waitFor();
  assert.deepEqual(here.third.seen, []);
  await person.context().close();
});

test('a social embed waits with its script: once for its vendor, always for its purpose', async () => {
  const embed = (n) => `<blockquote id="q${n}" data-purpose="advertising" data-vendor="adspot"><p>What somebody wrote, number ${n}.</p></blockquote>`;
  const body = `${embed(1)}<script type="text/plain" async data-purpose="advertising" data-vendor="adspot" src="${here.third.url}/social.js"></script>
    <script type="text/plain" data-purpose="advertising" data-vendor="revien" src="${here.third.url}/other.js"></script>${embed(2)}`;
  const person = await refused(body);
  await placeholder(person, 1).waitFor();
  assert.equal(await person.locator('#q1').isVisible(), false);
  await once(person).click();
  assert.deepEqual(await ran(person, 1), ['social'], 'no other vendor’s');
  assert.equal(await person.locator('ouinon-placeholder').count(), 0, 'a script works on all that is its own');
  assert.equal(await person.evaluate(() => document.activeElement.id), 'q1');
  await person.locator('h1').click();
  assert.equal(await person.evaluate(() => document.querySelector('#q1').outerHTML.includes('tabindex')), false);
  await person.reload();
  await always(person).click();
  await recorded(person, 2);
  assert.deepEqual((await ran(person, 2)).toSorted(), ['other', 'social']);
  assert.ok(await person.locator('#q2').isVisible());
  await person.context().close();
});

test('by keyboard, with a name, large enough, and axe finds nothing; in the languages of the notice', async () => {
  for (const [language, colorScheme, title] of [['en', 'light', 'A bowl'], ['fr', 'dark', 'Un bol'], ['ar', 'light', 'صنع وعاء']]) {
    const own = words(language);
    const phone = { colorScheme, reducedMotion: 'reduce', viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 };
    const person = await refused(frame('film').replace('The film', title), { language, visit: phone });
    await placeholder(person).waitFor();
    assert.deepEqual(await placeholder(person).evaluate(({ lang, dir }) => [lang, dir]), [language, language === 'ar' ? 'rtl' : 'ltr']);
    const group = placeholder(person).getByRole('group', { name: title });
    const [no, yes] = [await box(group.getByRole('button').first()), await box(group.getByRole('button').last())];
    assert.ok((await group.getByRole('button').first().innerText()).includes(own.held_once));
    assert.deepEqual(no.slice(2), yes.slice(2), 'two equal buttons');
    assert.ok(no[3] >= 44 && no[2] >= 44);
    const [x, , width] = await box(placeholder(person));
    assert.ok(x >= 0 && x + width <= 390, 'no wider than the telephone, though the frame is');
    assert.equal(no[0] > yes[0], language === 'ar');
    if (language === 'ar') await picture(person, 'placeholder-phone-ar');
    await person.evaluate(axe);
    const { violations, incomplete } = await person.evaluate(() => window.axe.run('ouinon-placeholder'));
    assert.deepEqual([...violations, ...incomplete].map(({ id, nodes }) => [id, nodes.map((node) => node.target)]), []);
    await person.locator('h1').click();
    await person.keyboard.press('Tab');
    await person.keyboard.press('Enter');
    await person.frameLocator('#film').getByText('Play').waitFor();
    assert.deepEqual(person.problems, []);
    await person.context().close();
  }
});

test('under a strict policy, with the site’s own colours, through parts; and it leaves with its frame', async () => {
  const { ouinon, third } = here;
  const policy = `default-src 'none'; script-src ${ouinon.url} 'wasm-unsafe-eval'; connect-src ${ouinon.url}; style-src 'self'; frame-src ${third.url}; img-src data:`;
  const person = await refused(`<div id="view">${frame('film')}</div>`, { headers: { 'content-security-policy': policy } });
  await placeholder(person).waitFor();
  await person.evaluate(() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync('ouinon-placeholder { --ouinon-surface: rgb(1, 2, 3) } ouinon-placeholder::part(half) { background: rgb(4, 5, 6) }');
    document.adoptedStyleSheets = [sheet];
  });
  const look = (selector) => placeholder(person).locator(selector).first().evaluate((own) => getComputedStyle(own).backgroundColor);
  assert.equal(await look('.box'), 'rgb(1, 2, 3)');
  assert.equal(await look('button'), 'rgb(4, 5, 6)');
  assert.ok((await box(placeholder(person).locator('button').first()))[3] >= 44, 'the style applies');
  await person.evaluate(() => document.querySelector('#view').append(document.createElement('b'), document.querySelector('#film')));
  await person.waitForFunction(() => document.querySelector('#film').previousElementSibling?.localName === 'ouinon-placeholder');
  assert.equal(await person.locator('ouinon-placeholder').count(), 1, 'it moves with its frame');
  await person.evaluate(() => document.querySelectorAll('#view b, #film').forEach((own) => own.remove()));
  await person.waitForFunction(() => !document.querySelector('ouinon-placeholder'));
  assert.equal(await person.locator('#view').innerHTML(), '');
  assert.deepEqual(person.problems, []);
  await person.context().close();
});

test('its place follows the page: shares of the width, and growing where the words need more', async () => {
  const person = await refused(`<div style="width: 50%">${frame('wide', 'style="width: 100%; aspect-ratio: 16 / 9; border: 0"')}</div>
    <div style="position: relative; padding-bottom: 40%; width: 60%">${frame('filled', 'style="position: absolute; inset: 0; width: 100%; height: 100%; border: 0"')}</div>
    ${frame('small', 'width="120" height="60"')}`);
  await placeholder(person, 2).waitFor();
  const measured = async () => [await box(placeholder(person, 0)), await box(placeholder(person, 1))];
  const expected = () => person.evaluate(() => [...document.querySelectorAll('div')].map((own) => {
    const { x, y, width, height } = own.getBoundingClientRect();
    return [x, y, width, height].map(Math.round);
  }));
  for (const width of [1280, 900]) {
    await person.setViewportSize({ width, height: 800 });
    await person.waitForTimeout(200);
    assert.deepEqual((await measured()).map(([x, , w]) => [x, w]), (await expected()).map(([x, , w]) => [x, w]));
    const [[, , w, h]] = await measured();
    assert.ok(Math.abs(h - (w * 9) / 16) <= 1, `${w} × ${h}`);
  }
  const [, , , height] = await box(placeholder(person, 2));
  assert.ok(height > 60 && (await placeholder(person, 2).evaluate((own) => own.scrollHeight <= own.clientHeight + 1)), 'no word is cut off');
  await person.context().close();
});

test('two embeds had once, the second while the script of the first is on its way', async () => {
  const embed = (vendor, purpose) => `<blockquote data-purpose="${purpose}" data-vendor="${vendor}"><p>What somebody wrote at length.</p></blockquote>
    <script type="text/plain" data-purpose="${purpose}" data-vendor="${vendor}" src="${here.third.url}/${vendor}.js?wait=700"></script>`;
  const person = await refused(embed('adspot', 'advertising') + embed('clipvue', 'functional'));
  await placeholder(person, 1).waitFor();
  await once(person).click();
  await once(person).click();
  assert.deepEqual(await ran(person, 2), ['adspot', 'clipvue']);
  await person.context().close();
});

test('an address that is none takes no other its placeholder; two clicks are one choice', async () => {
  here.page('/', frame('none').replace(/data-src="[^"]*"/, 'data-src="https://"') + frame('film'));
  const person = await here.visit();
  await here.say(person, 'reject-all');
  // The script that asks is not there yet, and takes its time.
  await person.reload();
  await person.route(/\/ask\./, (route) => setTimeout(() => route.continue(), 400));
  await placeholder(person, 1).waitFor();
  await always(person, 1).dblclick();
  await recorded(person, 2);
  await person.waitForTimeout(300);
  assert.equal(await person.evaluate(() => window.ouinon.consent.version), 2);
  assert.deepEqual(person.problems, []);
  await person.context().close();
});

test('a server that is down is not asked with every change of the page', async () => {
  const person = await refused(`${frame('film')}<p id="clock"></p>`);
  await placeholder(person).waitFor();
  let asked = 0;
  await person.route(/\/n\/.*\.json/, (route) => {
    asked += 1;
    return route.fulfill({ status: 503 });
  });
  await person.reload();
  await person.evaluate(() => setInterval(() => { document.querySelector('#clock').textContent = Date.now(); }, 30));
  await person.waitForTimeout(1000);
  assert.equal(asked, 1);
  await person.context().close();
});

test('a page that keeps or copies what it took away gets one placeholder, and the frame back after it', async () => {
  const person = await refused(`<div id="view">${frame('film')}</div>`);
  await placeholder(person).waitFor();
  const anew = (how) => person.evaluate(async (keep) => {
    const view = document.querySelector('#view');
    const [nodes, text] = [[...view.childNodes], view.innerHTML];
    view.replaceChildren();
    await new Promise((done) => setTimeout(done, 100));
    if (keep) view.append(...nodes);
    else view.innerHTML = text;
    await new Promise((done) => setTimeout(done, 300));
    return [...view.querySelectorAll('ouinon-placeholder')].map((own) => !!own.shadowRoot);
  }, how);
  assert.deepEqual(await anew(true), [true], 'kept');
  assert.deepEqual(await anew(false), [true], 'copied');
  await person.evaluate(() => window.ouinon.acceptAll());
  await recorded(person, 2);
  await person.frameLocator('#film').getByText('Play').waitFor();
  assert.ok(await person.locator('#film').isVisible());
  await person.context().close();
});
