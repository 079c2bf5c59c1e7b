// Keeping a choice in the browser: the two cookies and what they cannot hold.

import type { Core, Remembered } from '../loader/types';
import { write } from '../loader/write';
import type { State } from './context';
import { firstLayer } from './first-layer';
import { plain } from './run';

/** Keeps as JSON what `stored` reads, or takes it away; true where storage let it. */
export const store = (key: string, value?: unknown, tab?: boolean): boolean | void => {
  try {
    const area = tab ? sessionStorage : localStorage;
    if (value == null) area.removeItem(key);
    else area.setItem(key, JSON.stringify(value));
    return true;
  } catch {}
};

/** From now on this is the visitor's choice, here and in the other tabs. */
export const hold = (core: Core, state: State, secret: string): void => {
  const { visitor, version, choices, vendors, notice, regime, given_at, expires_at } = state;
  if (core.hosted) {
    core.api.visitor = visitor;
    core.api.consent = { choices, vendors, version, notice, regime, given_at, expires_at };
    return core.emit('change');
  }
  const expiry = Date.parse(expires_at);
  const list = [...Object.entries(choices), ...Object.entries(vendors).map(([key, on]) => ['v/' + key, on])]
    .map(([key, on]) => `${key}:${+on}`)
    .join('!');
  write(core, 'ouinon_s', secret, expiry);
  write(core, 'ouinon', `1.${visitor}.${version}.${Math.floor(expiry / 1000)}.${notice.slice(7, 15)}.${list}`, expiry);
  const kept: Remembered = { notice, regime, given_at, gpc: navigator.globalPrivacyControl };
  if (regime?.model == 'opt-out') kept.label = firstLayer.texts['control_opt-out'];
  store('ouinon_r', kept);
  store('ouinon_p', plain || null);
  core.read();
};

/** The server knows no such visitor (any more): as if no choice had been made. */
export const forget = (core: Core): void => {
  core.api.consent = core.api.visitor = null;
  if (core.hosted) return core.emit('change');
  write(core, 'ouinon', '', 0);
  write(core, 'ouinon_s', '', 0);
  for (const key of ['ouinon_r', 'ouinon_t', 'ouinon_o', 'ouinon_p']) store(key);
  core.read();
};
