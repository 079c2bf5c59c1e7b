// The screen: runs the WebAssembly module, gives it events and shows what it draws.

import css from '../css/widget.css';
import type { Files, Flags, View } from '../loader/types';
import type { Context, Gesture, Notice } from './context';
import { createDom } from './dom';
import { erase } from './erase';
import { gestureOf, save } from './gesture';
import { ACTIONS, record } from './record';
import { sync } from './sync';
import { createWords } from './words';

// The events of `src/shell.rs`; the first four are the actions, in their order.
const ASK = 4;
const OPEN = 5;
const CLOSE = 6;
const PURPOSE = 7;
const VENDOR = 8;
const EMBED = 9;
const KNOWN = 10;

interface Exports {
  memory: WebAssembly.Memory;
  reset(decided: boolean): void;
  purpose(required: boolean, granted: boolean): void;
  vendor(excepted: boolean): void;
  is_on(purpose: number): number;
  is_excepted(vendor: number): number;
  event(kind: number, index: number, on: boolean): void;
}

export const createScreen = async (context: Context, [text, place, code]: Files): Promise<View> => {
  const { core } = context;
  const { api, config } = core;
  const notice: Notice = await (await text).json();
  const { purposes, vendors, language } = notice;
  // The loader may be older than the notice: what is asked is what is shown.
  config.notice = notice.notice;
  config.bases = Object.fromEntries(purposes.map(({ key, basis }) => [key, basis]));
  config.required = purposes.filter(({ required }) => required).map(({ key }) => key);
  config.vendors = Object.fromEntries(vendors.map(({ key, purposes }) => [key, purposes]));
  // Without an answer about the place the strictest rule holds.
  core.regime = await place.then((response) => response.json()).then(({ regime }) => regime, () => null);

  const root = core.root();
  const host = root.host as HTMLElement;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  root.adoptedStyleSheets = [root.adoptedStyleSheets[0], sheet];
  const dress = (element: HTMLElement) => {
    element.lang = language;
    element.dir = notice.dir;
    for (const token in notice.theme) element.style.setProperty('--ouinon-' + token, notice.theme[token]);
  };
  dress(host);
  let page: ShadowRoot | undefined;
  let chosen: string;

  const find = (selector: string) => root.querySelector<HTMLDialogElement>(selector);
  const part = () => (find('dialog') || page)?.querySelector<HTMLElement>('.record');
  const parts: (() => Node)[] = [
    () => {
      find('.banner')?.remove();
      // First in the page, so that the keyboard reaches it first.
      document.body.prepend(host);
      return root;
    },
    () => {
      const dialog = document.createElement('dialog');
      dialog.className = 'sheet';
      dialog.onchange = change;
      dialog.setAttribute('aria-labelledby', 'title');
      dialog.onclose = () => {
        dialog.remove();
        send(CLOSE);
      };
      return root.appendChild(dialog);
    },
    () => {
      page!.replaceChildren();
      const part = document.createElement('div');
      part.className = 'sheet';
      part.onchange = change;
      return page!.appendChild(part);
    },
    () => {
      const record = part();
      record?.replaceChildren();
      // On the hosted page there is nobody left to choose for.
      if (context.erased && core.hosted) page!.firstElementChild!.replaceChildren(record!);
      return record || document.createElement('p');
    },
  ];
  const say = createWords(context, notice);
  const dom = createDom(
    {
      notice,
      say,
      history: () => context.history.length,
      begin: (part) => parts[part](),
      remove: (part) => (part ? find('dialog')?.close() : find('.banner')?.remove()),
      choose: (action) => {
        chosen = ACTIONS[action];
      },
    },
    () => wasm.memory,
  );
  const { instance } = await WebAssembly.instantiateStreaming(code, { 'ouinon:dom': dom });
  const wasm = instance.exports as unknown as Exports;

  const send = (kind: number, index = 0, on = false) => {
    wasm.event(kind, index, on);
    // The switches show what the module holds.
    for (const part of [root, page])
      part?.querySelectorAll('input').forEach((input) => {
        const [purpose, vendor] = input.name.split('.').map(Number);
        const on = wasm.is_on(purpose);
        input.checked = !!on && (vendor < 0 || !wasm.is_excepted(vendor));
        input.disabled = vendor >= 0 && !on;
      });
    const dialog = find('dialog:not([open])');
    if (dialog?.isConnected && kind == OPEN) dialog.showModal();
  };
  let loaded: unknown;
  const load = () => {
    loaded = api.consent;
    wasm.reset(!!api.consent);
    for (const { key, required } of purposes) wasm.purpose(required, api.allowed(key));
    for (const { key } of vendors) wasm.vendor(api.consent?.vendors[key] == false);
  };
  context.known = () => {
    // What is known already undoes no switch that was moved meanwhile.
    if (loaded != api.consent) load();
    send(KNOWN);
  };

  const choose = (kind: number, method: string, gesture: Gesture) => {
    send(kind);
    const choices: Flags = {};
    const exceptions: Flags = {};
    purposes.forEach(({ key }, index) => (choices[key] = !!wasm.is_on(index)));
    vendors.forEach(({ key, purposes }, index) => {
      if (wasm.is_excepted(index) && purposes.some((purpose) => choices[purpose])) exceptions[key] = false;
    });
    record(context, chosen, { choices, vendors: exceptions }, method, gesture);
  };

  const change = ({ target }: Event) => {
    const { name, checked } = target as HTMLInputElement;
    const [purpose, vendor] = name.split('.').map(Number);
    if (vendor < 0) send(PURPOSE, purpose, checked);
    else send(VENDOR, vendor, checked);
  };
  /** The browser answered for its visitor: kept like any answer, told, and nobody is asked. */
  const honour = (): void => {
    const told = document.createElement('section');
    told.className = 'banner';
    told.role = 'status';
    root.append(told);
    for (const [tag, key, action] of [['p', 'gpc'], ['button', 'customise', 'open'], ['button', 'close', 'close']]) {
      const element = told.appendChild(document.createElement(tag));
      element.textContent = say(0, 0, key);
      if (action) {
        element.className = 'quiet';
        element.dataset.ouinon = action;
      }
    }
    record(context, 'reject_all', {}, 'gpc', gestureOf());
  };
  return {
    ask: () => {
      load();
      const { model, gpc_honoured } = core.regime || {};
      if (model == 'opt-out' && gpc_honoured && navigator.globalPrivacyControl) return honour();
      send(ASK);
      if (!find('.banner')) return;
      core.emit('shown');
      fetch(`${config.base}/v1/sites/${config.site}/events`, {
        method: 'POST',
        body: JSON.stringify({ event: 'shown', notice: config.notice, language }),
        keepalive: true,
      }).catch(() => {});
    },
    act: (action, element, event) => {
      const kind = ACTIONS.indexOf(action.replace('-', '_'));
      if (kind >= 0) return choose(kind, element?.closest('.banner') ? 'banner' : 'preferences', gestureOf(element, event));
      if (action == 'close') return (find('dialog')?.close(), element?.closest('.banner')?.remove());
      if (action == 'receipt') return save(context.history[0]);
      if (action == 'erase') return erase(context).then(() => part()?.focus());
      if (!find('dialog')) load();
      send(OPEN);
      page?.host.scrollIntoView();
      if (action == 'partners')
        (find('dialog') || page)!.querySelectorAll('details').forEach((details) => (details.open = true));
      sync(context).catch(() => {});
    },
    embed: async (element) => {
      // The hosted page says something of its own to whoever comes without a choice.
      if (core.hosted) await sync(context);
      if (core.hosted && !api.consent) return;
      dress(element);
      page = element.shadowRoot || element.attachShadow({ mode: 'open' });
      page.adoptedStyleSheets = [sheet];
      load();
      send(EMBED);
      if (!core.hosted) sync(context).catch(() => {});
    },
  };
};
