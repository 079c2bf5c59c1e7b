// The panel of `?ouinon=debug`: what is held back on this page and why, and what Ouinon knows of its
// visitor. Fetched where the page's address has the parameter, and nowhere else. It
// looks and tells; it changes nothing.

import css from '../css/debug.css';
import type { Core } from '../loader/types';
import { choice, origin, outbox, place, signals, versions, type Fact, type Origin } from './facts';
import { found, type Found } from './found';
import { words } from './words';

/** More elements than anybody reads; the numbers count them all. */
const MOST = 100;

const make = (tag: string, text = '', ...children: Node[]): HTMLElement => {
  const node = document.createElement(tag);
  node.textContent = text;
  node.append(...children);
  return node;
};

export const start = (core: Core): void => {
  if (document.querySelector('ouinon-debug')) return;
  const french = /^fr\b/.test(document.documentElement.lang || core.about.language);
  const say = words(french);
  const host = document.createElement('ouinon-debug');
  const root = host.attachShadow({ mode: 'open' });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  root.adoptedStyleSheets = [sheet];
  host.lang = french ? 'fr' : 'en';
  host.dir = 'ltr';

  const count = make('span');
  count.role = 'status';
  const all = make('div');
  all.className = 'all';
  // It scrolls, and holds little to Tab to.
  all.tabIndex = 0;
  all.role = 'group';
  all.ariaLabel = 'Ouinon';
  const panel = make('details', '', make('summary', '', make('strong', 'Ouinon'), make('br'), count), all) as HTMLDetailsElement;
  panel.open = true;
  const section = make('section', '', panel);
  section.ariaLabel = 'Ouinon';

  /** A part that can be closed, and how to put something else into it where that is other than before. */
  const part = (title: string, open?: boolean) => {
    const body = make('div');
    const details = make('details', '', make('summary', '', make('strong', title)), body) as HTMLDetailsElement;
    details.open = !!open;
    all.append(details);
    let before: string | undefined;
    return (what: unknown, draw: () => Node) => {
      const now = JSON.stringify(what);
      if (now != before) body.replaceChildren(draw());
      before = now;
    };
  };
  const row = ({ what, held, purpose, vendor, rule, from, why }: Found): Node => {
    const about = [purpose, vendor, say(rule, { from }), say(why)].filter(Boolean).join(' · ');
    const line = make('li', '', make('b', `${held ? '✕' : '✓'} ${say(held ? 'held' : 'released')} `), make('code', what), make('small', about));
    line.className = held ? 'held' : 'free';
    return line;
  };
  const list = (elements: Found[]): Node => {
    if (!elements.length) return make('p', say('none'));
    const rows = elements.slice(0, MOST).map(row);
    if (elements.length > MOST) rows.push(make('li', `+ ${elements.length - MOST}`));
    return make('ul', '', ...rows);
  };
  const told = (facts: Fact[]): Node => {
    const value = (text: string, address?: string) => {
      const node = make(address ? 'a' : 'code', text);
      if (address) Object.assign(node, { href: address, target: '_blank', rel: 'noreferrer' });
      return node;
    };
    const lines = facts.map(([label, text, address]) => [make('dt', label), make('dd', '', value(text, address))]);
    return make('dl', '', ...lines.flat());
  };

  const elements = part(say('elements'), true);
  const parts = (['choice', 'place', 'told', 'outbox', 'versions'] as const).map((name) => part(say(name), name == 'choice'));
  let known: Origin = {};
  const draw = () => {
    const now = found(core);
    const held = now.filter((one) => one.held).length;
    const text = say('count', { held, released: now.length - held });
    if (count.textContent != text) count.textContent = text;
    elements(now, () => list(now));
    const facts = [choice(core, known, say), place(core, say), signals(say), outbox(say), versions(core)];
    facts.forEach((some, at) => parts[at](some, () => told(some)));
  };
  const ask = async () => {
    known = await origin(core);
  };

  const close = make('button', say('close')) as HTMLButtonElement;
  close.type = 'button';
  all.append(close);
  // Queues and storage tell nobody when they change.
  const beat = setInterval(draw, 500);
  close.onclick = () => {
    clearInterval(beat);
    host.remove();
  };
  root.append(section);
  document.body.append(host);
  draw();
  ask();
  // Once the server has what was just chosen.
  core.api.on('change', () => setTimeout(ask, 500));
};
