// Listeners of `window.ouinon.on`: they hear the DOM events on `document`.

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
