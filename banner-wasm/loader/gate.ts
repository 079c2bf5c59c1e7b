// Holds scripts, frames, pictures, films and sounds back until their purpose, and vendor, is
// allowed. A script that ran cannot be unloaded: it stops at the next page. All else goes at once.

import type { Api } from './types';

/** Whether an element may load, by what it is marked with. */
export type May = (element: HTMLElement) => boolean;

let waiting = false;

/** True where something a visitor would see is held back; a picture without words is none. */
export const frames = (may: May): boolean => {
  let held = false;
  for (const frame of document.querySelectorAll<HTMLIFrameElement | HTMLImageElement>('[data-purpose]:not(script)')) {
    const source = frame.getAttribute('data-src');
    const allowed = may(frame);
    if (source && allowed != (frame.getAttribute('src') == source)) frame.src = allowed ? source : 'about:blank';
    held ||= !allowed && (frame as HTMLImageElement).alt != '';
  }
  return held;
};

/**
 * One after the other, as they stand in the page, whatever each of them waits for. `trusted`: the
 * page demands Trusted Types, so each starts as the element it is, not as a new one with its text.
 */
export const scripts = (may: May, trusted?: boolean): void => {
  for (const held of document.querySelectorAll<HTMLScriptElement>('script[type="text/plain"][data-purpose]'))
    // One that ran may have taken others away.
    if (!waiting && held.isConnected && may(held)) {
      let script = held;
      if (!trusted) {
        script = document.createElement('script');
        for (const { name, value } of held.attributes) script.setAttribute(name, value);
        script.nonce = held.nonce;
        script.text = held.text;
      }
      script.type = held.dataset.type || '';
      // A script made by a script is async unless told otherwise.
      script.async = held.hasAttribute('async');
      // One for browsers without modules tells neither its start nor its failure.
      if ((waiting = !!script.src && !script.async && !script.noModule))
        script.onload = script.onerror = () => {
          waiting = false;
          scripts(may, trusted);
        };
      held.replaceWith(script);
    }
};

/** Removes a cookie: on this host and its parents, this path and its parents. */
export const wipe = (name: string): void => {
  for (let domain = location.hostname; ; domain = domain.replace(/^[^.]*\.?/, '')) {
    // With and without the last slash: they are two paths.
    for (let path = location.pathname; path; path = path.replace(/([^/]+|.)$/, ''))
      document.cookie = `${name}=;max-age=0;path=${path}` + (domain && ';domain=' + domain);
    if (!domain) break;
  }
};

/**
 * Removes what purposes that are not allowed left behind: cookies, entries of both storages,
 * databases. What one that is allowed lists by the same name stays.
 */
export const sweep = (cookies: Record<string, string[]> | undefined, allowed: Api['allowed']): void => {
  const stays: string[] = [];
  const goes: string[] = [];
  for (const purpose in cookies) (allowed(purpose) ? stays : goes).push(...cookies[purpose]);
  if (!goes[0]) return;
  const left = (names: string[]) =>
    names.filter(
      (name) =>
        !stays.includes(name) &&
        goes.some((n) => !stays.includes(n) && (n == name || (n.endsWith('*') && name.startsWith(n.slice(0, -1))))),
    );
  left(document.cookie.split('; ').map((pair) => pair.split('=')[0])).forEach(wipe);
  try {
    for (const area of [localStorage, sessionStorage])
      left(Object.keys(area)).forEach((name) => area.removeItem(name));
    indexedDB
      .databases()
      .then((all) => left(all.map(({ name }) => name!)).forEach((name) => indexedDB.deleteDatabase(name)));
  } catch {}
};
