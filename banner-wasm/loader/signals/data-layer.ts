// The events of `document`, in `dataLayer` where there is one: for Google Tag Manager and its like.
// What is allowed comes as a text, because Tag Manager merges lists and objects with older ones.

import type { Signals } from '../types';

declare const SIGNALS: Signals;

let listening = false;

SIGNALS.push(({ config, api }) => {
  if (listening) return;
  listening = true;
  for (let event of ['ready', 'shown', 'change'])
    document.addEventListener((event = 'ouinon:' + event), ({ detail }: CustomEventInit) => {
      const purposes = [...config.required, ...Object.keys(config.bases)].filter((key) => api.allowed(key));
      window.dataLayer?.push({ event, ouinon: detail, ouinon_allowed: `,${purposes},` });
    });
});
