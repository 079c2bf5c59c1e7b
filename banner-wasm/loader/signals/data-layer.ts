// The events of `document`, in `dataLayer` where there is one: for Google Tag Manager and its like.
// What is allowed comes as a text, because Tag Manager merges lists and objects with older ones.

import type { Signals } from '../types';

declare const SIGNALS: Signals;

SIGNALS.push(({ config, api }, _, event) => {
  const purposes = [...config.fixed, ...config.asked].filter((key) => api.allowed(key));
  if (event) window.dataLayer?.push({ event, ouinon: api.consent, ouinon_allowed: `,${purposes},` });
});
