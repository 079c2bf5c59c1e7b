// The small permanent control: a way back to the choice on every page, drawn without the widget.
// It stays away where the page has its own.

import css from '../css/control.css';

let host: HTMLElement | undefined;
let button: HTMLButtonElement;

/** The one `<ouinon-banner>` of the page; the widget draws into the same shadow root. */
export const root = (): ShadowRoot => {
  if (!host) {
    host = document.createElement('ouinon-banner');
    const shadow = host.attachShadow({ mode: 'open' });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    shadow.adoptedStyleSheets = [sheet];
    button = document.createElement('button');
    button.className = 'control';
    button.dataset.ouinon = 'open';
    button.textContent = 'Cookies';
    shadow.append(button);
  }
  if (!host.isConnected) document.body.append(host);
  return host.shadowRoot!;
};

export const control = (wanted: boolean): void => {
  wanted &&= !document.querySelector('[data-ouinon=open],[data-ouinon=page],ouinon-preferences');
  if (wanted || host) {
    root();
    button.hidden = !wanted;
  }
};
