// Telling the page: DOM events on `document`, which listeners of `ouinon.on` hear too.

import type { Api, Listener } from './types';

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
  document.dispatchEvent(new CustomEvent('ouinon:' + event, { detail }));
};
