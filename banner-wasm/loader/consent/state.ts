// What the cookie `ouinon` says and how much of it still holds under the current notice.
// Pure: the cookie's text, the configuration and the time come in as arguments.

import type { Config, Flags } from '../types';

export interface Stored {
  visitor: string;
  version: number;
  /** Unix seconds. */
  expiry: number;
  /** The choices as the cookie has them: two cookies that say the same have the same list. */
  list: string;
  choices: Flags;
  vendors: Flags;
  /** Something has to be asked again; what is left in `choices` holds meanwhile. */
  stale: boolean;
}

/** `1.VISITOR.VERSION.EXPIRY.NOTICE8.CHOICES`, or null where there is no choice that holds. */
export const parse = (text: string | undefined, config: Config, now: number): Stored | null => {
  const [format, visitor, version, expiry, notice8, list] = (text || '').split('.');
  if (format != '1' || !list || !(+expiry > now)) return null;
  const said: Flags = {};
  const choices: Flags = {};
  const vendors: Flags = {};
  for (const entry of list.split('!')) {
    const [key, on] = entry.split(':');
    if (key.startsWith('v/')) vendors[key.slice(2)] = on == '1';
    else said[key] = on == '1';
  }
  const lost = config.notice.startsWith(notice8, 7) ? [] : config.older[notice8];
  let stale = false;
  for (const purpose in config.bases) {
    if (config.required.includes(purpose)) continue;
    choices[purpose] = said[purpose] && !!lost && !lost.includes(purpose);
    stale ||= choices[purpose] != said[purpose];
  }
  return { visitor, version: +version, expiry: +expiry, list, choices, vendors, stale };
};
