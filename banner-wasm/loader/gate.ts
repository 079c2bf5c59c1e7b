// Holds scripts, frames, pictures, films and sounds back until their purpose, and vendor, is
// allowed. A script that ran cannot be unloaded: it stops at the next page. All else goes at once.

import type { Api } from './types';

let waiting = false;

export const gate = (allowed: Api['allowed']): void => {
  const may = ({ dataset }: HTMLElement) => allowed(dataset.purpose!, dataset.vendor);
  for (const frame of document.querySelectorAll<HTMLIFrameElement>('[data-purpose][data-src]:not(script)')) {
    const source = frame.dataset.src!;
    const shown = frame.getAttribute('src') == source;
    if (may(frame) != shown) frame.src = shown ? 'about:blank' : source;
  }
  // One after the other, as they stand in the page, whatever each of them waits for.
  for (const held of document.querySelectorAll<HTMLScriptElement>('script[type="text/plain"][data-purpose]'))
    if (!waiting && may(held)) {
      const script = document.createElement('script');
      for (const { name, value } of held.attributes) script.setAttribute(name, value);
      script.type = held.dataset.type || '';
      script.nonce = held.nonce;
      script.text = held.text;
      // A script made by a script is async unless told otherwise.
      script.async = held.hasAttribute('async');
      if ((waiting = !!script.src && !script.async))
        script.onload = script.onerror = () => {
          waiting = false;
          gate(allowed);
        };
      held.replaceWith(script);
    }
};

/**
 * Removes what a purpose that is not allowed left behind: cookies on this host and its parents,
 * entries of both storages, databases.
 */
export const sweep = (cookies: Record<string, string[]> | undefined, allowed: Api['allowed']): void => {
  for (const purpose in cookies)
    if (!allowed(purpose)) {
      const left = (names: string[]) =>
        names.filter((name) =>
          cookies[purpose].some((n) => n == name || (n.endsWith('*') && name.startsWith(n.slice(0, -1)))),
        );
      for (const name of left(document.cookie.split('; ').map((pair) => pair.split('=')[0])))
        for (let domain = location.hostname; ; domain = domain.replace(/^[^.]*\.?/, '')) {
          document.cookie = `${name}=;max-age=0;path=/` + (domain && ';domain=' + domain);
          if (!domain) break;
        }
      try {
        for (const area of [localStorage, sessionStorage])
          left(Object.keys(area)).forEach((name) => area.removeItem(name));
        indexedDB
          .databases()
          .then((all) => left(all.map(({ name }) => name!)).forEach((name) => indexedDB.deleteDatabase(name)));
      } catch {}
    }
};
