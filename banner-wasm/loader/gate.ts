// Holds scripts, frames, pictures, films and sounds back until their purpose, and vendor, is
// allowed. A script that ran cannot be unloaded: it stops at the next page. All else goes at once.

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
        // A new one: a copy of what came in a text never starts.
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
