// What a placeholder says: whose content it is, what for, and the two ways to have it. Text nodes
// only; nothing of the third party, not even a picture.

import css from '../css/placeholder.css';
import tokens from '../css/tokens.css';
import type { Notice } from '../widget/context';

/** One of the two buttons was used. */
export type Act = (always: boolean, event: Event) => void;

const sheet = new CSSStyleSheet();

/** Nothing where it is no address. */
const hostOf = (src?: string): string | undefined => src && Object.assign(document.createElement('a'), { href: src }).hostname;

export const draw = (host: HTMLElement, notice: Notice, element: HTMLElement, act: Act): void => {
  const { purpose, vendor, src, from } = element.dataset;
  const values: Record<string, string | undefined> = {
    vendor: notice.vendors.find(({ key }) => key == vendor)?.name || from || hostOf(src),
    purpose: notice.purposes.find(({ key }) => key == purpose)?.title,
  };
  // A name keeps its own direction among words that run the other way (U+2068 to U+2069).
  const say = (key: string) => notice.texts[key].replace(/{(\w+)}/g, (_, name) => `\u2068${values[name]}\u2069`);

  host.lang = notice.language;
  host.dir = notice.dir;
  const root = host.attachShadow({ mode: 'open' });
  sheet.replaceSync(tokens + css + (notice.style || ''));
  root.adoptedStyleSheets = [sheet];
  const add = (parent: Node, tag: string, part: string, text = '') => {
    const node = document.createElement(tag);
    node.className = part;
    node.setAttribute('part', part);
    node.textContent = text;
    return parent.appendChild(node);
  };
  const box = add(root, 'div', 'box');
  box.role = 'group';
  box.setAttribute('aria-labelledby', 'title');
  const title = element.title || element.getAttribute('aria-label');
  const source = values.vendor && say('held_from');
  add(box, 'p', 'title', title || source || values.purpose).id = 'title';
  if (title && source) add(box, 'p', 'text', source);
  add(box, 'p', 'text', say('held_purpose'));
  const halves = add(box, 'div', 'halves');
  for (const always of [false, true]) {
    const button = add(halves, 'button', 'half', say(always ? 'held_always' : 'held_once')) as HTMLButtonElement;
    button.type = 'button';
    button.onclick = (event) => act(always, event);
  }
};
