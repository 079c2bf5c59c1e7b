// Telling the page: DOM events on `document`, which listeners of `ouinon.on` hear too, the
// dataLayer, and the consent signals of Google's tags.

import type { Api, Config, Listener } from './types';

// A listener carries the DOM listener made for it, so that `off` finds it.
type Heard = Listener & { ouinon?: (event: Event) => void };

export const on = (event: string, listener: Heard): void =>
  document.addEventListener(
    'ouinon:' + event,
    (listener.ouinon ||= ({ detail }: CustomEventInit<Api['consent']>) => listener(detail!)),
  );

export const off = (event: string, listener: Heard): void =>
  document.removeEventListener('ouinon:' + event, listener.ouinon!);

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
