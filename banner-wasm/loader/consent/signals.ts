// What the notice's signals say now, for every file of `signals/`: each is built with a copy of
// this, so that a site without signals loads none.

import type { Core } from '../types';

export type Values = Record<string, string>;

/**
 * A signal is granted where every purpose that stands behind it is allowed, and the tool's vendor
 * is not refused by name.
 */
export const values = ({ config: { signals, tools }, api }: Core, tool: string): Values => {
  const now: Values = {};
  const refused = api.consent?.vendors[tools?.[tool]?.vendor!] == false;
  for (const purpose in signals)
    for (const name of signals[purpose])
      now[name] = now[name] != 'denied' && api.allowed(purpose) && !refused ? 'granted' : 'denied';
  return now;
};
