// What Google's tags are told once the place is known and nothing was chosen: an update where what
// holds is not what their defaults say of that place. Only sites that tell Google load it, in the
// script that asks.

import type { Core } from '../loader/types';

type Entry = [string, string, Record<string, unknown> & { region?: string[] }];

export default ({ api, config, regime }: Core): void => {
  const layer = window.dataLayer as Entry[] | undefined;
  // Not in a preview either: no loader has begun there.
  if (api.consent || !layer) return;
  const defaults = layer.filter((entry) => entry[0] == 'consent' && entry[1] == 'default');
  const here = `${regime?.country}-${regime?.region}-`;
  const holds = ([, , { region }]: Entry) => !region || region.some((place) => here.startsWith(place + '-'));
  // The last default that names their place, or none. Where they are is not known to us without a
  // regime; it may be to them.
  const held = ((regime || !defaults[1]) && defaults.filter(holds).pop()?.[2]) || {};
  const now = config.signals!((...purposes) => (purposes.every((purpose) => api.allowed(purpose)) ? 'granted' : 'denied'));
  if (Object.keys(now).some((name) => now[name] != held[name]))
    (function (..._: unknown[]) {
      layer.push(arguments as never);
    })('consent', 'update', now);
};
