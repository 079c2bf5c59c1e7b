// The preferences: as a dialog, in a page of the site and on the hosted page. Fetched when somebody
// is about to look at them.

import code from 'ouinon:wasm';
import css from '../../css/preferences.css';
import type { Flags } from '../../loader/types';
import type { Entry, Notice } from '../context';
import type { Screen } from '../screen';
import { erase } from './erase';
import { createWords } from './words';

// The events of `src/shell.rs` that only the preferences send.
const OPEN = 6;
const CLOSE = 7;
const PURPOSE = 8;
const VENDOR = 9;
const EMBED = 10;

/** What the preferences do. */
export interface More {
  act(action: string): unknown;
  embed(element: HTMLElement): Promise<void>;
}

/** What `more.js` exports. */
export interface MoreModule {
  start(screen: Screen, notice: Notice): Promise<More>;
}

/** The signed receipt as a file: a compact JWS, as it came. */
const save = ({ id, receipt }: Entry): void => {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([receipt], { type: 'application/jwt' }));
  link.download = `receipt-${id}.jwt`;
  link.click();
  URL.revokeObjectURL(link.href);
};

export const start = async (screen: Screen, notice: Notice): Promise<More> => {
  await screen.run(code);
  screen.notice = notice;
  screen.load();
  const { context, root, find, parts, send, tools } = screen;
  const { core } = context;
  const { purposes, vendors } = notice;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
  screen.say = createWords(screen, notice);
  let page: ShadowRoot | undefined;
  const part = () => (find('.sheet') || page)?.querySelector<HTMLElement>('.record');

  const change = ({ target }: Event) => {
    const { name, checked } = target as HTMLInputElement;
    const [purpose, vendor] = name.split('.').map(Number);
    if (vendor < 0) send(PURPOSE, purpose, checked);
    else send(VENDOR, vendor, checked);
  };
  const shape = <E extends HTMLElement>(element: E): E => {
    element.className = 'sheet';
    element.setAttribute('part', 'sheet');
    element.onchange = change;
    return element;
  };
  parts[1] = () => {
    const dialog = shape(document.createElement('dialog'));
    dialog.setAttribute('aria-labelledby', 'title');
    dialog.onclose = () => {
      dialog.remove();
      send(CLOSE);
    };
    return root.appendChild(dialog);
  };
  parts[2] = () => {
    page!.replaceChildren();
    return page!.appendChild(shape(document.createElement('div')));
  };
  parts[3] = () => {
    const record = part();
    record?.replaceChildren();
    // On the hosted page there is nobody left to choose for.
    if (context.erased && core.config.hosted) page!.firstElementChild!.replaceChildren(record!);
    return record || document.createElement('p');
  };
  // The switches show what the module holds.
  screen.refresh = () => {
    for (const part of [root, page])
      part?.querySelectorAll('input').forEach((input) => {
        const [purpose, vendor] = input.name.split('.').map(Number);
        const on = screen.wasm.is_on!(purpose);
        input.checked = !!on && (vendor < 0 || !screen.wasm.is_excepted!(vendor));
        input.disabled = vendor >= 0 && !on;
      });
  };
  screen.selected = () => {
    const choices: Flags = {};
    const exceptions: Flags = {};
    purposes.forEach(({ key }, index) => (choices[key] = !!screen.wasm.is_on!(index)));
    vendors.forEach(({ key, purposes }, index) => {
      if (screen.wasm.is_excepted!(index) && purposes.some((purpose) => choices[purpose])) exceptions[key] = false;
    });
    return { choices, vendors: exceptions };
  };
  return {
    act: (action) => {
      if (action == 'receipt') return save(context.history[0]);
      if (action == 'erase') return erase(context, tools).then(() => part()?.focus());
      if (!find('.sheet')) screen.load();
      send(OPEN);
      const dialog = find('.sheet:not([open])');
      if (dialog) {
        dialog.showModal();
        // A blocker hides it: the page must not wait for what nobody sees.
        if (!dialog.checkVisibility()) {
          dialog.close();
          throw Error('hidden');
        }
      }
      page?.host.scrollIntoView();
      if (action == 'partners')
        (find('.sheet') || page)!.querySelectorAll('details').forEach((details) => (details.open = true));
    },
    embed: async (element) => {
      // The hosted page says something of its own to whoever comes without a choice.
      if (core.config.hosted) await tools.sync(context);
      if (core.config.hosted && !core.api.consent) return;
      screen.dress(element);
      page = element.shadowRoot || element.attachShadow({ mode: 'open' });
      page.adoptedStyleSheets = [screen.sheet, sheet];
      screen.load();
      send(EMBED);
    },
  };
};
