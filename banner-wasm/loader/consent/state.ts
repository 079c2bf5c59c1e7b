// What the cookie `ouinon` says and how much of it still holds under the current notice.
// Pure: the cookie's text, the configuration and the time come in as arguments.

import type { Config, Consent, Flags } from '../types';

export interface Stored {
  visitor: string;
  consent: Consent;
  /** The choices as the cookie has them: two cookies that say the same have the same list. */
  list: string;
  /** Something has to be asked again; what is left in `choices` holds meanwhile. */
  stale: boolean;
}

/** `1.VISITOR.VERSION.EXPIRY.NOTICE8.CHOICES`, or undefined where there is no choice that holds. */
export const parse = (text: string | undefined, config: Config, now: number): Stored | undefined => {
  const [format, visitor, version, expiry, notice8, list] = (text || '').split('.');
  if (format != '1' || !list || !(+expiry > now)) return;
  const said: Flags = {};
  const choices: Flags = {};
  const vendors: Flags = {};
  for (const entry of list.split('!')) {
    const [key, on] = entry.split(':');
    said[key] = on == '1';
    if (key[1] == '/') vendors[key.slice(2)] = said[key];
  }
  const lost = config.notice.startsWith(notice8, 7) ? [] : config.older[notice8];
  let stale = false;
  for (const purpose in config.bases) {
    choices[purpose] = !!(lost && said[purpose] && !lost.includes(purpose));
    // Lost since, or never asked.
    stale ||= choices[purpose] !== said[purpose];
  }
  const expires_at = new Date(+expiry * 1000).toISOString();
  const consent = { choices, vendors, version: +version, notice: null, regime: null, given_at: null, expires_at };
  return { visitor, consent, list, stale };
};
