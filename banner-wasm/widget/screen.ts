// The screen: runs the WebAssembly module, gives it events and shows what it draws.

import css from '../css/widget.css';
import * as bindings from 'ouinon:wasm';
import type { Files, View } from '../loader/types';
import type { Context, Gesture, Notice } from './context';
import * as dom from './dom';
import { gestureOf, save } from './gesture';
import { ACTIONS, record } from './record';
import { sync } from './sync';
import { createWords } from './words';

const BUTTONS = ['accept-all', 'reject-all', 'save', 'withdraw'];
// The events of `src/shell.rs` that are no button of the list above.
const ASK = 4;
const OPEN = 5;
const CLOSE = 6;
const TOGGLE = 7;
const EMBED = 9;
const KNOWN = 10;

interface Exports extends WebAssembly.Exports {
  reset(decided: boolean): void;
  purpose(required: boolean, granted: boolean): void;
  vendor(excepted: boolean): void;
  is_on(purpose: number): boolean;
  is_excepted(vendor: number): boolean;
  event(kind: number, index: number, on: boolean): void;
}

export const createScreen = async (context: Context, [text, place, code]: Files): Promise<View> => {
  const { core } = context;
  const { api, config } = core;
  // Functions that take numbers alone are imported straight, those with texts through bindings.
  const imports = { './ouinon_banner_bg.js': bindings, 'ouinon:dom': dom };
  const wasm = WebAssembly.instantiateStreaming(code, imports as never);
  // Without an answer about the place the strictest rule holds.
  const located = place.then((response) => response.json()).catch(() => ({}));
  const notice: Notice = await (await text).json();
  core.regime = (await located).regime || null;
  const { exports } = (await wasm).instance as { exports: Exports };
  bindings.__wbg_set_wasm(exports);

  const root = core.root();
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  root.adoptedStyleSheets.push(sheet);
  const host = root.host as HTMLElement;
  host.lang = notice.language;
  host.dir = notice.dir;
  let dialog: HTMLDialogElement | undefined;
  let page: ShadowRoot | undefined;
  let chosen: string | undefined;

  const banner = () => root.querySelector('.banner');
  const parts: (() => Element | ShadowRoot)[] = [
    () => {
      banner()?.remove();
      document.body.prepend(host);
      return root;
    },
    () => {
      dialog = document.createElement('dialog');
      dialog.className = 'sheet';
      dialog.setAttribute('aria-labelledby', 'title');
      dialog.onclose = () => {
        dialog?.remove();
        dialog = undefined;
        send(CLOSE);
      };
      root.append(dialog);
      return dialog;
    },
    () => {
      const sheetElement = document.createElement('div');
      sheetElement.className = 'sheet';
      page!.replaceChildren(sheetElement);
      return sheetElement;
    },
    () => {
      const part = (dialog || page)?.querySelector('.record');
      part?.replaceChildren();
      return part || document.createElement('p');
    },
  ];

  dom.enter({
    notice,
    say: createWords(context, notice),
    begin: (part) => parts[part](),
    remove: (part) => (part ? dialog?.close() : banner()?.remove()),
    choose: (action) => (chosen = ACTIONS[action]),
    history: () => context.history.length,
  });

  /** The switches show what the module holds. */
  const show = () => {
    for (const part of [root, page])
      part?.querySelectorAll<HTMLInputElement>('input[name]').forEach((input) => {
        const [purpose, vendor] = input.name.split('.').map(Number);
        const on = !!exports.is_on(purpose);
        input.checked = on && !(vendor >= 0 && exports.is_excepted(vendor));
        input.disabled = vendor >= 0 && !on;
      });
  };
  const send = (kind: number, index = 0, on = false) => {
    exports.event(kind, index, on);
    show();
    if (dialog && !dialog.open) dialog.showModal();
  };
  const load = () => {
    exports.reset(!!api.consent);
    for (const { key, required } of notice.purposes) exports.purpose(required, api.allowed(key));
    for (const { key } of notice.vendors) exports.vendor(api.consent?.vendors[key] == false);
  };
  const known = () => {
    load();
    send(KNOWN);
  };
  context.known = known;
  api.on('change', known);

  const choose = (kind: number, method: string, gesture: Gesture) => {
    send(kind);
    const choices: Record<string, boolean> = {};
    const vendors: Record<string, boolean> = {};
    notice.purposes.forEach(({ key, required }, index) => {
      if (!required) choices[key] = !!exports.is_on(index);
    });
    notice.vendors.forEach(({ key, purposes }, index) => {
      if (exports.is_excepted(index) && purposes.some((purpose) => choices[purpose])) vendors[key] = false;
    });
    record(context, chosen!, { choices, vendors }, method, gesture);
  };

  const change = ({ target }: Event) => {
    const { name, checked } = target as HTMLInputElement;
    const [purpose, vendor] = name.split('.').map(Number);
    send(vendor < 0 ? TOGGLE : TOGGLE + 1, vendor < 0 ? purpose : vendor, checked);
  };
  root.addEventListener('change', change);

  const open = (details: boolean) => {
    if (!dialog) load();
    send(OPEN);
    if (page) page.host.scrollIntoView();
    if (details) (dialog || page)!.querySelectorAll('details').forEach((part) => (part.open = true));
    sync(context).catch(() => {});
  };

  return {
    ask: () => {
      load();
      send(ASK);
      if (!banner()) return;
      core.emit('shown');
      fetch(`${config.base}/v1/sites/${config.site}/events`, {
        method: 'POST',
        body: JSON.stringify({ event: 'shown', notice: config.notice, language: notice.language }),
        keepalive: true,
      }).catch(() => {});
    },
    act: (action, element, event) => {
      const kind = BUTTONS.indexOf(action);
      if (kind >= 0) choose(kind, element?.closest('.banner') ? 'banner' : 'preferences', gestureOf(element, event));
      else if (action == 'close') dialog?.close();
      else if (action == 'receipt') save(context.history[0]);
      else open(action == 'partners');
    },
    embed: async (element) => {
      // The hosted page says something of its own to whoever comes without a choice.
      if (core.hosted) await sync(context);
      if (core.hosted && !api.consent) return;
      page = element.shadowRoot || element.attachShadow({ mode: 'open' });
      page.adoptedStyleSheets = [sheet];
      page.addEventListener('change', change);
      load();
      send(EMBED);
      if (!core.hosted) await sync(context).catch(() => {});
    },
  };
};
