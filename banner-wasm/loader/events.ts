// Telling the page: DOM events on `document`, listeners of `ouinon.on`, the dataLayer, and the
// consent signals of Google's tags.

import type { Api, Config, Listener } from './types';

const listeners: Record<string, Listener[]> = {};
let isReady = false;

export const on = (event: string, listener: Listener): void => {
  (listeners[event] ||= []).push(listener);
  if (isReady && event == 'ready') listener(window.ouinon!.consent);
};

export const off = (event: string, listener: Listener): void => {
  listeners[event] = (listeners[event] || []).filter((known) => known != listener);
};

export const emit = (api: Api, event: string): void => {
  const detail = api.consent;
  isReady ||= event == 'ready';
  document.dispatchEvent(new CustomEvent('ouinon:' + event, { detail }));
  window.dataLayer?.push({ event: 'ouinon:' + event, ouinon: detail });
  listeners[event]?.forEach((listener) => listener(detail));
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
