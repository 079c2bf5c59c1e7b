// Holds scripts and iframes back until their purpose, and vendor, is allowed. A script that ran
// cannot be unloaded: it stops at the next page. An iframe is blanked at once.

import type { Api } from './types';

let waiting = false;

export const gate = (allowed: Api['allowed']): void => {
  const may = ({ dataset }: HTMLElement) => allowed(dataset.purpose!, dataset.vendor);
  for (const frame of document.querySelectorAll<HTMLIFrameElement>('iframe[data-purpose][data-src]')) {
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

/** Removes the cookies a purpose that is not allowed left behind, on this host and its parents. */
export const sweep = (cookies: Record<string, string[]> | undefined, allowed: Api['allowed']): void => {
  for (const purpose in cookies)
    if (!allowed(purpose))
      for (const pair of document.cookie.split('; ')) {
        const name = pair.split('=')[0];
        if (cookies[purpose].some((n) => n == name || (n.endsWith('*') && name.startsWith(n.slice(0, -1)))))
          for (let domain = location.hostname; ; domain = domain.replace(/^[^.]*\.?/, '')) {
            document.cookie = `${name}=;max-age=0;path=/` + (domain && ';domain=' + domain);
            if (!domain) break;
          }
      }
};
