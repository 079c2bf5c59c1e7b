// What the cookie `ouinon` says and how much of it still holds under the current notice.
// Pure: what the cookie says, the configuration and the time come in as arguments.

import type { Config, Consent, Flags } from '../types';

/** `1.VISITOR.VERSION.EXPIRY.NOTICE8.CHOICES`, what the cookie says. */
export const CHOICE = /^1\.([^.]+)\.(\d+)\.(\d+)\.(\w+)\.(.+)/;

export interface Stored {
  consented: Consent;
  /** Something has to be asked again; what is left in `choices` holds meanwhile. */
  stale: boolean;
}

/** Takes the parts that `CHOICE` found; nothing where that no longer holds. */
export const parse = (found: string[], { home, asked, older }: Config, now: number): Stored | undefined => {
  const [, , version, expiry, notice8, list] = found;
  if (+expiry <= now) return;
  const choices: Flags = {};
  const vendors: Flags = {};
  const lost = home.includes(`/${notice8}.`) ? [] : older?.[notice8];
  let stale = false;
  for (const purpose of asked) {
    const said = list.match(`(^|!)${purpose}:(.)`)?.[2];
    choices[purpose] = said == '1' && lost?.includes(purpose) == false;
    // Lost since, or never asked.
    stale ||= (said as unknown) != +choices[purpose];
  }
  for (const [, key, on] of list.matchAll(/v\/([^:]+):(.)/g)) vendors[key] = on == '1';
  const expires_at = new Date(+expiry * 1000).toISOString();
  return { consented: { choices, vendors, version: +version, notice: null, regime: null, given_at: null, expires_at }, stale };
};
