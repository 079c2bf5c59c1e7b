// Rule 1: before a choice, after a refusal and after a withdrawal, nothing of others is stored and nobody else is asked.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EVERYWHERE, OPT_IN, browse, inPlaces, left, nextPage, nothingOfOthers, said, settle, strangers, traces }
  from '../support/law.mjs';
import { control, recorded, visitor } from '../support/browser.mjs';

/** The shop's embeds, by the address each asks: twenty kinds, and what three of them bring along. */
const EMBEDS = ['map.html', 'film.mp4', 'sound.mp3', 'document.html', 'captcha.js', 'chat.js', 'fonts.js', 'comments.js',
  'heatmap.js', 'experiment.js', 'counter.gif', 'live.js', 'visit.gif', 'social.js', 'tags.js', 'advert.html', 'beacon.gif',
  'imported.js', 'later.js', 'dot.gif', 'tagged.js', 'comments-thread.html', 'fonts.woff2'];
const LEFT = ['cookie demo_analytics', 'cookie demo_captcha', 'cookie demo_pixel', 'cookie demo_retargeting', 'cookie demo_social',
  'cookie demo_tagged', 'database demo_chat', 'local demo_heatmap', 'session demo_experiment'];

inPlaces([OPT_IN], (here) => {
  test('law 1: before a choice nothing is stored and no third party is asked', async () => {
    const page = await visitor(here.browser);
    const seen = strangers(page, here);
    await here.shop.reset();
    await nothingOfOthers(page, here, seen);
    assert.deepEqual(await traces(page), [], 'Ouinon itself stores nothing either');
    assert.deepEqual(page.problems, []);
    await page.context().close();
  });
});

inPlaces(EVERYWHERE, (here) => {
  test(`law 1: after a refusal neither, from the next page on (${here.name})`, async () => {
    const page = await said(here, 'reject-all', 'fr/elsewhere');
    const seen = strangers(page, here);
    await nextPage(page, here, seen);
    await nothingOfOthers(page, here, seen);
    assert.deepEqual(page.problems, []);
    await page.context().close();
  });

  test(`law 1: after a withdrawal neither, whatever was left before (${here.name})`, async () => {
    const page = await said(here, 'accept-all', 'fr/');
    const seen = strangers(page, here);
    await browse(page, here);
    await page.goto(`${here.shop.url}/fr/elsewhere`);
    await settle(1500);
    const missing = EMBEDS.filter((name) => !seen.some((address) => address.endsWith(`/embeds/${name}`)));
    assert.deepEqual(missing, [], 'allowed, every embed is loaded');
    assert.deepEqual(await left(page), LEFT, 'and leaves what it leaves');
    await page.locator('footer [data-ouinon="open"]').click();
    await control(page, 'withdraw').click();
    await recorded(page, 2);
    await nextPage(page, here, seen);
    await nothingOfOthers(page, here, seen);
    assert.deepEqual(page.problems, []);
    await page.context().close();
  });
});
