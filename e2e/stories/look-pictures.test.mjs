// Every layout, light and dark, on a telephone and a desk, in French and Arabic: looked at by whoever changes how the
// banner looks. With SCREENSHOTS set the pictures are in a folder of the system's for temporary files.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { LOOKS, openLooks } from '../support/looks.mjs';
import { control } from '../support/browser.mjs';

const skip = !process.env.SCREENSHOTS && 'only with SCREENSHOTS set';
const folder = path.join(os.tmpdir(), 'ouinon-looks');
const screens = {
  phone: { viewport: { width: 390, height: 844 }, hasTouch: true },
  desktop: { viewport: { width: 1280, height: 800 } },
};

let here;
before(async () => {
  if (skip) return;
  fs.mkdirSync(folder, { recursive: true });
  here = await openLooks();
});
after(() => here?.close());

for (const [name, look] of Object.entries(LOOKS)) {
  test(`pictures of ${name}`, { skip }, async () => {
    await here.wear(look);
    for (const colorScheme of ['light', 'dark'])
      for (const [screen, options] of Object.entries(screens))
        for (const language of ['fr', 'ar']) {
          const page = await here.arrive(language, { colorScheme, ...options });
          const picture = (layer) => page.screenshot({ path: path.join(folder, `${name}-${colorScheme}-${screen}-${language}-${layer}.png`) });
          await picture('banner');
          await control(page, 'customise').click();
          await control(page, 'save').waitFor();
          await picture('preferences');
          await page.context().close();
        }
  });
}
