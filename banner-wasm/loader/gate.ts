// Holds scripts and iframes back until their purpose, and vendor, is allowed. A script that ran
// cannot be unloaded: it stops at the next page. An iframe is blanked at once.

type Allowed = (purpose: string, vendor?: string) => boolean;

let waiting = false;

export const gate = (allowed: Allowed): void => {
  const may = ({ dataset }: HTMLElement) => allowed(dataset.purpose!, dataset.vendor);
  for (const frame of document.querySelectorAll<HTMLIFrameElement>('iframe[data-purpose][data-src]')) {
    const source = may(frame) ? frame.dataset.src! : frame.hasAttribute('src') ? 'about:blank' : null;
    if (frame.getAttribute('src') != source) frame.src = source!;
  }
  // One after the other, as they stand in the page, whatever each of them waits for.
  for (const held of document.querySelectorAll<HTMLScriptElement>('script[type="text/plain"][data-purpose]')) {
    if (waiting) return;
    if (may(held)) release(held, () => gate(allowed));
  }
};

const release = (held: HTMLScriptElement, next: () => void): void => {
  const script = document.createElement('script');
  for (const { name, value } of held.attributes) if (name != 'type') script.setAttribute(name, value);
  script.type = held.dataset.type || '';
  script.nonce = held.nonce;
  script.text = held.text;
  script.async = held.async && held.hasAttribute('async');
  if ((waiting = !!script.src && !script.async))
    script.onload = script.onerror = () => {
      waiting = false;
      next();
    };
  held.replaceWith(script);
};

/** Removes the cookies a purpose that is not allowed left behind, on this host and its parents. */
export const sweep = (cookies: Record<string, string[]> | undefined, allowed: Allowed): void => {
  for (const purpose in cookies)
    if (!allowed(purpose))
      for (const pair of document.cookie.split('; ')) {
        const name = pair.split('=')[0];
        if (cookies[purpose].some((n) => n == name || (n.endsWith('*') && name.startsWith(n.slice(0, -1)))))
          for (let host = '.' + location.hostname; host; host = host.replace(/^\.?[^.]*/, ''))
            for (const domain of ['', ';domain=' + host])
              document.cookie = name + '=;max-age=0;path=/' + domain;
      }
};
