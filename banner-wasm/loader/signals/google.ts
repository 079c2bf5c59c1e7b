// Google Consent Mode: the defaults, where the inline snippet has not set them, then one update
// for each choice and one on every page where a choice is stored. Without a choice an update is
// sent only where what holds is not what the default of the place says.

import { type Values, values } from '../consent/signals';
import type { Signals } from '../types';

declare const SIGNALS: Signals;

type Entry = [string, string, Record<string, unknown> & { region?: string[] }];

const layer = (window.dataLayer ||= []) as Entry[];
let last: Values | undefined;
let answered = false;

// Google's tags want the Arguments object itself.
function gtag(..._: unknown[]) {
  layer.push(arguments as never);
}

SIGNALS.push((core, known) => {
  const { api, regime } = core;
  const { set, wait } = core.config.tools?.google || {};
  const now = values(core, 'google');
  const defaults = layer.filter((entry) => entry[0] == 'consent' && entry[1] == 'default');
  if (!defaults[0]) {
    set?.forEach((name) => gtag('set', name, true));
    gtag('consent', 'default', { ...now, wait_for_update: wait || 500 });
  }
  if (!known) return;
  const here = `${regime?.country}-${regime?.region}-`;
  const holds = ([, , { region }]: Entry) => !region || region.some((place) => here.startsWith(place + '-'));
  // What they hold without an update: the last default that names their place, or none. Where they
  // are is not known to us without a regime; it may be to them.
  const held = last || ((regime || !defaults[1]) && defaults.filter(holds).pop()?.[2]) || {};
  if ((api.consent && !answered) || Object.keys(now).some((name) => now[name] != held[name]))
    gtag('consent', 'update', (last = now));
  answered ||= !!api.consent;
});
