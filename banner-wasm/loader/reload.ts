// Loads the page anew after a choice that took something back, in every tab that shows the site: a
// script that runs is stopped by nothing else. Only sites whose notice says `reload_on_withdrawal` are
// served this.

import { stored } from './stored';
import type { Signals } from './types';

declare const SIGNALS: Signals;

let before: string[] | undefined;

SIGNALS.push(({ api, config }) => {
  const now = config.asked.filter((purpose) => api.allowed(purpose));
  for (const vendor in config.disclosed)
    now.push(...config.disclosed[vendor].filter((purpose) => api.allowed(purpose, vendor)).map((purpose) => `${vendor}/${purpose}`));
  const lost = before?.some((one) => !now.includes(one));
  before = now;
  // Whoever was forgotten is told so on this page.
  if (!lost || !api.consent || config.hosted) return;
  const end = Date.now() + 2000;
  // What has no receipt by then is sent by the next page.
  const wait = () => void (stored('ouinon_o') && Date.now() < end ? setTimeout(wait, 50) : location.reload());
  setTimeout(wait, 50);
});
