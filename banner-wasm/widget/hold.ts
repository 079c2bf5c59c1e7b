// Keeping a choice in the browser: the two cookies and what they cannot hold.

import type { Core } from '../loader/types';
import type { State } from './context';

const write = ({ config }: Core, name: string, value: string, expiry: number): void => {
  document.cookie =
    `${name}=${value};path=/;SameSite=Lax;expires=${new Date(expiry).toUTCString()}` +
    (location.protocol == 'https:' ? ';Secure' : '') +
    (config.cookie_domain ? ';domain=' + config.cookie_domain : '');
};

/** Writes to localStorage, or takes away; nothing where storage is blocked. */
export const store = (key: string, value?: string): void => {
  try {
    if (value) localStorage.setItem(key, value);
    else localStorage.removeItem(key);
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
  store('ouinon_r', JSON.stringify({ notice, regime, given_at }));
  core.read();
};

/** The server knows no such visitor (any more): as if no choice had been made. */
export const forget = (core: Core): void => {
  core.api.consent = core.api.visitor = null;
  if (core.hosted) return core.emit('change');
  write(core, 'ouinon', '', 0);
  write(core, 'ouinon_s', '', 0);
  for (const key of ['ouinon_r', 'ouinon_t', 'ouinon_o']) store(key);
  core.read();
};
