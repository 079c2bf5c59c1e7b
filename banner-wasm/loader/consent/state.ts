// What the cookie `ouinon` says and how much of it still holds under the current notice.
// Pure: what the cookie says, the configuration and the time come in as arguments.

import type { Config, Consent, Flags } from '../types';

/** The second says that something has to be asked again; what is left in `choices` holds meanwhile. */
export type Stored = [consented: Consent, stale: boolean] | [];

/** Takes `1.VISITOR.VERSION.EXPIRY.NOTICE8.CHOICES` in its parts; nothing where that no longer holds. */
export const parse = (found: string[], { home, asked, older }: Config, now: number): Stored => {
  const [form, , version, expiry, notice8, list] = found;
  if (form != '1' || !list || !(+expiry > now)) return [];
  const choices: Flags = {};
  const vendors: Flags = {};
  const lost = home.includes(`/${notice8}.`) ? [] : older?.[notice8];
  let stale = false;
  for (const purpose of asked) {
    const said = list.match(`(^|!)${purpose}:(.)`)?.[2];
    choices[purpose] = said == '1' && lost?.includes?.(purpose) == false;
    // Lost since, or never asked.
    stale ||= (said as unknown) != +choices[purpose];
  }
  for (const [, key, on] of list.matchAll(/v\/([^:]+):(.)/g)) vendors[key] = on == '1';
  // The rest is kept beside the cookie, where the browser lets it.
  return [{ choices, vendors, version: +version }, stale];
};
