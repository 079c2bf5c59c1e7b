// Telling the page: DOM events on `document`, which listeners of `ouinon.on` hear too, the
// dataLayer, and the consent signals of Google's tags.

import type { Api, Config, Listener } from './types';

type Heard = (event: Event) => void;

const heard = new Map<Listener, Heard>();

export const on = (event: string, listener: Listener): void => {
  const hear = heard.get(listener) || (({ detail }: Event & { detail?: never }) => listener(detail!));
  heard.set(listener, hear);
  document.addEventListener('ouinon:' + event, hear);
};

export const off = (event: string, listener: Listener): void =>
  document.removeEventListener('ouinon:' + event, heard.get(listener)!);

export const emit = (event: string, detail: Api['consent']): void => {
  event = 'ouinon:' + event;
  window.dataLayer?.push({ event, ouinon: detail });
  document.dispatchEvent(new CustomEvent(event, { detail }));
};

/** A signal is granted where every purpose that stands behind it is allowed. */
export const signal = (signals: Config['signals'], allowed: Api['allowed']): void => {
  const update: Record<string, string> = {};
  for (const purpose in signals)
    for (const name of signals[purpose])
      update[name] = update[name] != 'denied' && allowed(purpose) ? 'granted' : 'denied';
  // Google's tags want the Arguments object itself.
  (function (..._: unknown[]) {
    window.dataLayer?.push(arguments);
  })('consent', 'update', update);
};
