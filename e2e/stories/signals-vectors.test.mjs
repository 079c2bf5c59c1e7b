// Every vector of e2e/vectors/consent-mode-vectors.json in a real page: what Google's, Microsoft's and Meta's tags are
// told, in what order. Where we say more than a vector does, `told` says what and why; the end is always the vector's.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { bannerShown, control, recorded, visitor } from '../support/browser.mjs';
import { settle } from '../support/law.mjs';
import { VENDOR_TAGS, heardBy, resolved } from '../support/signals.mjs';
import { html, startSite } from '../support/site.mjs';
import { openWorld } from '../support/world.mjs';

const file = path.resolve(import.meta.dirname, '../vectors/consent-mode-vectors.json');
const { scenarios, category_map: map } = JSON.parse(fs.readFileSync(file, 'utf8'));
const CATEGORIES = ['analytics', 'functional', 'personalization', 'marketing'];

/** The shop's notice with the vectors' categories, telling everybody. */
const notice = (notice) => {
  const [necessary] = notice.purposes;
  const purpose = { ...notice.purposes[1], description: { fr: 'Sert.', en: 'Serves.' } };
  const title = (key) => ({ fr: key, en: key });
  notice.purposes = [necessary, ...CATEGORIES.map((key) => ({ ...purpose, key, title: title(key) }))];
  notice.vendors = [];
  notice.cookies = [];
  notice.signals = { purposes: map, google: {}, uet: {}, clarity: {}, meta: {} };
  return notice;
};

const denied = (value) => Object.fromEntries(Object.keys(value).map((name) => [name, name === 'security_storage' ? 'granted' : 'denied']));

/** The vector's calls, as we make them. */
function told({ region, gpc, stored, choice, expect }) {
  const free = region.startsWith('US');
  const [[, , start]] = expect.dataLayer;
  const { wait_for_update: wait, ...states } = start;
  const updates = expect.dataLayer.slice(1);
  const [first, ...later] = expect.uetq;
  const no = { ad_storage: 'denied' };
  const clarity = expect.clarity;
  // Global Privacy Control is an opt-out of everything optional here, as visitors are told: on record, and one update.
  const opted = gpc && free;
  return {
    // The inline part is the same for everyone: what is stored comes as the first update, before the wait is over.
    defaults: stored ? { ...denied(states), wait_for_update: wait } : start,
    updates: [...(stored ? [['consent', 'update', states]] : []), ...updates, ...(opted ? [['consent', 'update', denied(states)]] : [])],
    final: opted ? denied(states) : expect.final,
    // UET has no regions: denied until the place is known.
    uetq: free && !stored
      ? [['consent', 'default', no], ['consent', 'update', opted ? no : first[2]], ...later]
      : [first, ...later],
    // Told before the choice too.
    clarity: choice
      ? [['consentv2', stored || free ? { ad_Storage: 'granted', analytics_Storage: 'granted' } : { ad_Storage: 'denied', analytics_Storage: 'denied' }],
        ...clarity].filter((call, at, all) => !at || JSON.stringify(call) !== JSON.stringify(all[at - 1]))
      : opted ? [['consentv2', { ad_Storage: 'denied', analytics_Storage: 'denied' }]] : clarity,
    // Meta has no regions either: revoked until the place is known.
    meta: free && !stored && !gpc ? [['consent', 'revoke'], ['consent', 'grant'], ...expect.meta] : expect.meta,
  };
}

for (const place of [...new Set(scenarios.map(({ region }) => region))]) {
  describe(`signals in ${place}`, () => {
    let here;
    let site;
    before(async () => {
      site = await startSite();
      here = await openWorld({ place, origins: [site.url], env: { OUINON_RATE_LIMITS: 'off' } });
      await here.ouinon.publish(here.site, notice);
      site.pages['/'] = { html: html(here.site.snippet + VENDOR_TAGS) };
    });
    after(async () => {
      await here?.close();
      await site?.stop();
    });

    const choose = async (page, choice) => {
      const before = await page.evaluate(() => window.ouinon.consent?.version || 0);
      const save = (choices) => page.evaluate((choices) => void window.ouinon.save({ choices }), choices);
      if (choice.length === CATEGORIES.length) await control(page, 'accept-all').click();
      else if (before && !choice.length) await page.evaluate(() => void window.ouinon.withdraw());
      else if (!choice.length) await control(page, 'reject-all').click();
      else await save(Object.fromEntries(CATEGORIES.map((key) => [key, choice.includes(key)])));
      await recorded(page, before + 1);
    };

    for (const vector of scenarios.filter(({ region }) => region === place)) {
      test(`signals: ${vector.id}`, async () => {
        const page = await visitor(here.browser, { gpc: vector.gpc });
        await page.goto(site.url);
        if (vector.stored) {
          await bannerShown(page);
          await choose(page, vector.stored);
          await page.goto(site.url);
        }
        if (!vector.stored && !(vector.gpc && place.startsWith('US'))) await bannerShown(page);
        else await recorded(page, 1);
        if (vector.choice) await choose(page, vector.choice);
        await settle();
        const heard = await heardBy(page);
        const { defaults, final, ...rest } = told(vector);
        const google = resolved(heard.dataLayer, place);
        assert.equal(google.tagsBeforeDefault, vector.expect.google_tags_before_default);
        assert.deepEqual(google.default, defaults);
        assert.deepEqual(google.final, final);
        for (const call of vector.expect.dataLayer.slice(1)) assert.deepEqual(google.updates.at(-1), call, 'the last word is the vector’s');
        assert.deepEqual({ updates: google.updates, uetq: heard.uetq, clarity: heard.clarity, meta: heard.meta }, rest);
        assert.deepEqual(page.problems, []);
        await page.context().close();
      });
    }
  });
}
