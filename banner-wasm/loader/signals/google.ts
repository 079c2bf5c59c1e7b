// Google Consent Mode: the defaults, where the inline snippet has not set them, then one update
// for each choice and one on every page where a choice is stored. Without a choice an update is
// sent only where what holds is not what the default of the place says: `asking/google.ts`.

import { values } from '../consent/signals';
import type { Signals } from '../types';

declare const SIGNALS: Signals;
/** Milliseconds: the server puts them here. */
declare const __OUINON_WAIT__: number;

const layer = (window.dataLayer ||= []) as unknown[][];
let last: string | undefined;

// Google's tags want the Arguments object itself.
const gtag: (...args: unknown[]) => void = function () {
  layer.push(arguments as never);
};

SIGNALS.push((core, known) => {
  const now = values(core);
  const text = JSON.stringify(now);
  if (!layer.some((entry) => entry[1] == 'default')) gtag('consent', 'default', { ...now, wait_for_update: __OUINON_WAIT__ });
  if (known && (core.api.consent || last) && last != text) {
    last = text;
    gtag('consent', 'update', now);
  }
});
