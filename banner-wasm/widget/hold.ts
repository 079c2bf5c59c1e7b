// Keeping a choice in the browser: the two cookies and what they cannot hold.

import { stored } from '../loader/stored';
import type { Core, Kept } from '../loader/types';
import { write } from '../loader/write';
import type { State } from './context';
import { firstLayer } from './first-layer';
import { plain } from './run';
import { gone, sweep } from './sweep';

const KEPT = 'ouinon_c';
const DAY = 86400;

/** In unix seconds: when the state is to be read again. */
export const tomorrow = (): number => Math.floor(Date.now() / 1000) + DAY;

/** Keeps as JSON what `stored` reads, or takes it away; true where storage let it. `tab`: for this tab only. */
export const store = (key: string, value?: unknown, tab?: boolean): boolean | void => {
  try {
    const area = tab ? sessionStorage : localStorage;
    if (value == null) area.removeItem(key);
    else area.setItem(key, JSON.stringify(value));
    return true;
  } catch {}
};

/** Whoever chooses again before this choice holds is the same visitor. */
export const holdSecret = (core: Core, secret: string, expiry: number): void => {
  if (!core.config.hosted) write(core.about, 'ouinon_s', secret, expiry);
};

/** Changes what is kept beside the cookie. */
export const remember = (some: Partial<Kept>): void => void store(KEPT, { ...stored(KEPT), ...some });

/** Back from the hosted page, or a choice was not recorded: something comes before any script. */
export const waits = (): boolean => !!stored(KEPT)?.b;

/**
 * From now on this is the visitor's choice, here and in the other tabs. `sent`: the server has it;
 * otherwise the next page sees to that.
 */
export const hold = (core: Core, state: State, secret: string, sent?: boolean): void => {
  const { visitor, version, choices, vendors, notice, regime, given_at, expires_at } = state;
  if (core.config.hosted) {
    core.api.visitor = visitor;
    core.api.consent = { choices, vendors, version, notice, regime, given_at, expires_at };
    return core.emit('change');
  }
  const expiry = Date.parse(expires_at);
  const list = [...Object.entries(choices), ...Object.entries(vendors).map(([key, on]) => ['v/' + key, on])]
    .map(([key, on]) => `${key}:${+on}`)
    .join('!');
  holdSecret(core, secret, expiry);
  write(core.about, 'ouinon', `1.${visitor}.${version}.${Math.floor(expiry / 1000)}.${notice.slice(7, 15)}.${list}`, expiry);
  const gpc = navigator.globalPrivacyControl;
  const optOut = regime?.model == 'opt-out';
  const kept: Kept = { c: { notice, regime, given_at, expires_at, gpc }, d: sent ? tomorrow() : 1 };
  if (optOut) kept.l = firstLayer.texts['control_opt-out'];
  if (optOut && regime.gpc_honoured && !gpc && list.includes(':1')) kept.g = 1;
  if (plain) kept.p = 1;
  store(KEPT, kept);
  core.read();
  const s = gone(core);
  if (s) remember({ s });
  sweep(core);
};

/** The server knows no such visitor (any more): as if no choice had been made. */
export const forget = (core: Core): void => {
  core.api.consent = core.api.visitor = null;
  if (core.config.hosted) return core.emit('change');
  write(core.about, 'ouinon', '', 0);
  write(core.about, 'ouinon_s', '', 0);
  for (const key of [KEPT, 'ouinon_o']) store(key);
  core.read();
  sweep(core);
};
