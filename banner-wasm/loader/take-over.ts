// Taking over, once, the choice another consent tool kept in this browser: each file of `imports/`
// is built with a copy of this and says how its tool keeps one. What was refused there holds from
// the first moment on. Nothing proves a yes, so it counts only where the site takes it; where it
// does not, the banner asks, unless the law of the place asks for an opt-out only.

import { cookie } from './cookie';
import type { Flags, Signals } from './types';

declare const SIGNALS: Signals;
/** The JSON the server puts in place of `__OUINON_IMPORT__`. */
declare const __OUINON_IMPORT__: Settings;

interface Settings {
  /** The tool's names, in lower case, for the notice's purposes. */
  purposes: Record<string, string[]>;
  grants: boolean;
  /** How long a choice is kept here. */
  days: number;
}
const { purposes, grants, days } = __OUINON_IMPORT__;

/** What a tool kept: its names, each with a yes or no; when it was said, in milliseconds. */
type Kept = [said: [name: string, yes: unknown][], at?: number];

// Once a choice of our own was there, the other tool's is never read again: neither after ours
// lapsed nor after the visitor was forgotten. It says nothing about anybody.
const DONE = 'ouinon_i';
/** Longer than any tool writes. */
const LONGEST = 9000;

/** A cookie, or an entry of localStorage for the tools that may use either. */
export const kept = (name: string): string => {
  const text = cookie(name) || localStorage.getItem(name) || '';
  return text.length < LONGEST ? text : '';
};

/** The same where it is JSON in percent-encoding. */
export const json = (name: string): any => JSON.parse(decodeURIComponent(kept(name)));

/** What of it speaks of our purposes; nothing where any of it is not as the tool would write it. */
const translate = ([all, at = Date.now()]: Kept, asked: string[]): Flags => {
  const ours = new Map(Object.entries(purposes));
  const said: Flags = {};
  const age = Date.now() - at;
  if (!(age < days * 864e5 && age > -864e5)) return said;
  for (const [name, yes] of all) {
    if (typeof yes != 'boolean') return {};
    for (const purpose of ours.get(name.toLowerCase()) || [])
      if (asked.includes(purpose)) said[purpose] = yes && said[purpose] != false;
  }
  return said;
};

/** `read` gives what was kept and is valid there; whatever else it meets it may throw at. */
export const takeOver = (read: () => Kept | false | undefined): void => {
  let looked = false;
  SIGNALS.push((core) => {
    const { api, config } = core;
    let said: Flags = {};
    try {
      if (api.consent) localStorage[DONE] ||= 1;
      if (looked || localStorage[DONE] || core.moved) return;
      looked = true;
      said = translate(read() || [[]], config.asked);
    } catch {}
    core.said = said;
    const keys = config.asked;
    const no = keys.some((key) => said[key] == false);
    if (!no && !grants) return;
    const { allowed } = api;
    api.allowed = (purpose, vendor) => (!!api.consent || said[purpose] != false) && allowed(purpose, vendor);
    core.moved = () => {
      delete core.moved;
      const asked = core.regime?.model || 'opt-in';
      const whole = keys.every((key) => key in said) && (grants || !keys.some((key) => said[key]));
      // Where the law asks for an opt-out only, what was not refused needs no yes.
      if (!whole && (!no || asked == 'opt-in')) return;
      const choices = Object.fromEntries(keys.map((key) => [key, said[key] != false]));
      return [keys.some((key) => choices[key]) ? 'save' : 'reject_all', { choices }, 'import'];
    };
  });
};
