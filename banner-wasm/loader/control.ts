// The small permanent control: a way back to the choice on every page, drawn without the widget.
// It stays away where the page has its own.

import css from '../css/control.css';

let shadow: ShadowRoot | undefined;
const button = document.createElement('button');

/** The one `<ouinon-banner>` of the page; the widget draws into the same shadow root. */
export const root = (): ShadowRoot => {
  if (!shadow) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    shadow = document.createElement('ouinon-banner').attachShadow({ mode: 'open' });
    shadow.adoptedStyleSheets = [sheet];
    (button as { part: unknown }).part = 'control';
    button.dataset.ouinon = 'open';
  }
  if (!shadow.host.isConnected) document.body.append(shadow.host);
  return shadow;
};

export const control = (wanted: boolean, label: string): void => {
  if (!wanted || document.querySelector('[data-ouinon=open],[data-ouinon=page],ouinon-preferences')) button.remove();
  else if (!button.isConnected) {
    button.textContent = label;
    root().append(button);
  }
};
