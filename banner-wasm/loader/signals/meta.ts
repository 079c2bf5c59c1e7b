// Meta's pixel, which sends unless it is told not to, and is told on every page before its `init`;
// in those of the United States where a visitor can opt out, with Limited Data Use. It is granted
// where all advertising is.

import { values } from '../consent/signals';
import type { Signals } from '../types';

declare const SIGNALS: Signals;

type Args = unknown[];
type Pixel = ((...args: Args) => void) & { callMethod?: unknown; queue?: Args[] };

const early: Args[] = [];
let at = 0;
let last = true;
let limited = false;

// The pixel's tag does nothing where there is a `fbq` already: what it makes is waited for, and its
// queue begins with what was said until then.
const wait = () => {
  if (!('fbq' in window))
    Object.defineProperty(window, 'fbq', {
      configurable: true,
      get: () => undefined,
      set(value: Pixel) {
        const own = (on: object, name: string, value: unknown) =>
          Object.defineProperty(on, name, { value, configurable: true, writable: true, enumerable: true });
        own(window, 'fbq', value);
        Object.defineProperty(value, 'queue', {
          configurable: true,
          set(queue: Args[]) {
            own(value, 'queue', queue);
            at = queue.push(...early.splice(0));
          },
        });
        // One without a queue.
        queueMicrotask(() => early.splice(0).forEach((args) => value(...args)));
      },
    });
};

const fbq = (...args: Args) => {
  const pixel = window.fbq as Pixel | undefined;
  if (!pixel) {
    early.push(args);
    wait();
  } else if (pixel.queue && !pixel.callMethod) pixel.queue.splice(at++, 0, args);
  else pixel(...args);
};

SIGNALS.push((core) => {
  const { api, regime } = core;
  const now = values(core);
  const granted = Object.keys(now).every((name) => !name.startsWith('ad_') || now[name] == 'granted');
  if (granted != last) fbq('consent', granted ? 'grant' : 'revoke');
  last = granted;
  const { country, model } = regime || api.consent?.regime || {};
  const limit = !granted && !!api.consent && country == 'US' && model == 'opt-out';
  if (limit != limited) fbq('dataProcessingOptions', ...(limit ? [['LDU'], 0, 0] : [[]]));
  limited = limit;
});
