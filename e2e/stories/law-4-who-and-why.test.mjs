// Rule 4: who is responsible and what for stand before the choice, every vendor is one click away.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import { EVERYWHERE, asked, inPlaces } from '../support/law.mjs';

const notice = JSON.parse(fs.readFileSync(new URL('../../demo/notice.json', import.meta.url), 'utf8'));

inPlaces(EVERYWHERE, (here) => {
  for (const language of ['fr', 'en']) {
    test(`law 4: purposes and who is responsible are shown before the choice (${here.name}, ${language})`, async () => {
      const page = await asked(here, `${language}/`);
      const text = await page.locator('ouinon-banner .banner').innerText();
      assert.ok(text.includes(notice.controller.name), text);
      for (const { title } of notice.purposes.filter(({ required }) => !required)) {
        assert.ok(text.includes(title[language]), `${title[language]} in ${text}`);
      }
      await page.context().close();
    });

    test(`law 4: one click from there every vendor is named, with place and policy (${here.name}, ${language})`, async () => {
      const page = await asked(here, `${language}/`);
      await page.locator('ouinon-banner .banner [data-ouinon="partners"]').click();
      const list = page.locator('ouinon-banner dialog[open] .vendors li');
      await list.first().waitFor();
      const shown = await list.evaluateAll((items) => items.map((item) => ({
        text: item.innerText, policy: item.querySelector('a').href, seen: item.checkVisibility(),
      })));
      const countries = new Intl.DisplayNames(language, { type: 'region' });
      for (const { name, purposes, country, policy_url } of notice.vendors) {
        const entries = shown.filter(({ text }) => text.includes(name));
        assert.equal(entries.length, purposes.length, `${name} stands under each of its purposes`);
        for (const entry of entries) {
          assert.ok(entry.seen && entry.text.includes(countries.of(country)), entry.text);
          assert.equal(entry.policy, policy_url);
        }
      }
      await page.context().close();
    });
  }
});
