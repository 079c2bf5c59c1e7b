// Google's consent signals (Consent Mode): one update on every page and after every choice. The
// defaults before any tag are the inline snippet's. Sent where the notice maps purposes to signals.

import type { Signals } from '../types';

declare const SIGNALS: Signals;

/** A signal is granted where every purpose that stands behind it is allowed. */
SIGNALS.push(({ signals }, allowed) => {
  const update: Record<string, string> = {};
  for (const purpose in signals)
    for (const name of signals[purpose])
      update[name] = update[name] != 'denied' && allowed(purpose) ? 'granted' : 'denied';
  // Google's tags want the Arguments object itself.
  (function (..._: unknown[]) {
    window.dataLayer?.push(arguments);
  })('consent', 'update', update);
});
