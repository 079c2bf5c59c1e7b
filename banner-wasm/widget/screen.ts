// The screen: runs the WebAssembly module, gives it events and shows what it draws. What stands
// here is what asking needs; the preferences are added by `more/`, once somebody looks at them.

import code from 'ouinon:wasm';
import css from '../css/banner.css';
import tokens from '../css/tokens.css';
import type { Gesture, View } from '../loader/types';
import type { Context, Notice } from './context';
import { details, wholeNotice } from './details';
import { createDom } from './dom';
import { type FirstLayer, firstLayer, layout, placed } from './first-layer';
import { gestureOf } from './gesture';
import type { More } from './more/main';
import { drop, flush, pending } from './outbox';
import { ACTIONS, type Choice, painted, record } from './record';
import { type Exports, type Plain, run } from './run';
import { forget, store } from './hold';
import { secretOf } from './secret';
import { sweep } from './sweep';
import { sync } from './sync';
import { createText, type Say, type Text, type Values } from './text';

// The events of `src/shell.rs`; the first four are the actions, in their order.
const ASK = 4;
const KNOWN = 5;

/** What the first layer lends to the preferences, and what they add to it. */
export interface Screen {
  context: Context;
  notice: FirstLayer;
  root: ShadowRoot;
  sheet: CSSStyleSheet;
  wasm: Exports;
  /** From now on this module decides and draws. */
  run(code: string | Plain): Promise<void>;
  /** Makes the node each part of `src/shell.rs` is drawn into. */
  parts: (() => Node)[];
  text: Text;
  values: Values;
  say: Say;
  find(selector: string): HTMLDialogElement | null;
  dress(element: HTMLElement): void;
  /** Tells the module what is chosen now. */
  load(): void;
  send(kind: number, index?: number, on?: boolean): void;
  /** The switches as they stand. */
  selected(): Choice;
  /** After every event. */
  refresh(): void;
  tools: typeof tools;
}

// Both scripts use them; this one is always there first.
const tools = { drop, flush, forget, pending, secretOf, store, sync };

/** What the page gives the focus to is scrolled out from under the first layer (WCAG 2.2, 2.4.11). */
const clear = (banner: HTMLElement): void => {
  const sheet = new CSSStyleSheet();
  document.adoptedStyleSheets.push(sheet);
  // Told also when it is gone.
  new ResizeObserver(() => {
    const { offsetTop, offsetHeight } = banner;
    const edge = offsetTop * 2 + offsetHeight > innerHeight ? 'bottom' : 'top';
    sheet.replaceSync(offsetHeight ? `:where(:root){scroll-padding-${edge}:${offsetHeight + 24}px}` : '');
  }).observe(banner);
};

export const createScreen = async (context: Context, again?: boolean): Promise<View> => {
  const { core } = context;
  const { about, api, config } = core;
  const notice = again ? await wholeNotice(about) : firstLayer;
  if (again) {
    // The loader is older than the notice: what is asked is what is shown.
    const { purposes, vendors } = notice as Notice;
    const keys = (wanted: boolean) => purposes.filter(({ required }) => required == wanted).map(({ key }) => key);
    config.asked = keys(false);
    config.fixed = keys(true);
    context.days = notice.expires_after_days;
    config.disclosed = Object.fromEntries(vendors.map(({ key, purposes }) => [key, purposes]));
  }
  // Without an answer about the place the strictest rule holds.
  core.placing ||= fetch(`${about.base}/v1/sites/${about.site}/place`);
  core.regime ||= await core.placing.then((response) => response!.json()).then(({ regime }) => regime, () => null);
  const { model = 'opt-in', gpc_honoured } = core.regime || {};
  const refuses = gpc_honoured && navigator.globalPrivacyControl;
  core.free = model != 'opt-in' && !refuses;

  // All may be here before a page that waits in its head has a body.
  while (!document.body) await new Promise((done) => setTimeout(done, 20));
  const root = core.root();
  const host = root.host as HTMLElement;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(tokens + css + (firstLayer.style || '') + ((again && notice.style) || ''));
  root.adoptedStyleSheets = [root.adoptedStyleSheets[0], sheet];
  const find = (selector: string) => root.querySelector<HTMLDialogElement>(selector);
  const values: Values = {};
  const text = createText(context, () => screen.notice, values);
  let chosen: string;
  const dom = createDom(() => screen, {
    remove: (part) => (part ? find('.sheet')?.close() : find('.banner')?.remove()),
    choose: (action) => {
      chosen = ACTIONS[action];
    },
  });

  const screen: Screen = {
    context,
    notice,
    root,
    sheet,
    wasm: undefined!,
    run: async (code) => {
      screen.wasm = await run(core, code, dom);
    },
    text,
    values,
    find,
    tools,
    // The first layer asks for nothing else than texts, and whether there are vendors.
    say: (source, index, key) => (source ? Object.keys(config.disclosed || {})[index] : text(key)) || '',
    parts: [
      () => {
        find('.banner')?.remove();
        // First in the page, so that the keyboard reaches it first.
        document.body.prepend(host);
        // A part of the page with a name, unless the page waits for it.
        const banner = document.createElement(layout ? 'dialog' : 'section');
        banner.className = 'banner';
        banner.setAttribute('part', 'banner');
        banner.setAttribute('aria-labelledby', 'ask');
        banner.setAttribute('aria-describedby', 'why');
        return root.appendChild(banner);
      },
      ,
      ,
      () => document.createElement('p'),
    ] as (() => Node)[],
    dress: (element) => {
      const { language, dir } = screen.notice;
      element.lang = language;
      element.dir = dir;
    },
    load: () => {
      loaded = api.consent;
      const { wasm } = screen;
      wasm.reset(!!api.consent, !!find('#ask'));
      for (const { key, required } of screen.notice.purposes) wasm.purpose(required, api.allowed(key));
      for (const { key } of screen.notice.vendors || []) wasm.vendor!(api.consent?.vendors[key] == false);
    },
    send: (kind, index = 0, on = false) => {
      screen.wasm.event(kind, index, on);
      screen.refresh();
    },
    selected: () => ({}),
    refresh: () => {},
  };
  let loaded: unknown;
  await screen.run(code);
  screen.dress(host);
  context.known = () => {
    // What is known already undoes no switch that was moved meanwhile.
    if (loaded != api.consent) screen.load();
    screen.send(KNOWN);
  };

  let more: Promise<More> | undefined;
  /** The preferences, with the whole notice from then on; after a failure the next call tries again. */
  const open = (): Promise<More> => {
    more ||= details(core).then(([module, notice]) => module.start(screen, notice));
    more.catch(() => (more = undefined));
    return more;
  };

  const choose = (kind: number, method: string, gesture: Gesture) => {
    screen.send(kind);
    record(context, chosen, screen.selected(), method, gesture, painted());
  };
  /** The browser answered for its visitor: kept like any answer, told, and nobody is asked. */
  const honour = (): void => {
    const told = document.createElement('section');
    told.className = 'banner';
    told.role = 'status';
    root.append(told);
    for (const [tag, key, action] of [['p', 'gpc'], ['button', 'customise', 'open'], ['button', 'close', 'close']]) {
      const element = told.appendChild(document.createElement(tag));
      element.textContent = text(key);
      if (action) {
        element.className = 'quiet';
        element.dataset.ouinon = action;
      }
    }
    record(context, 'reject_all', {}, 'gpc', gestureOf());
  };
  // Whoever is about to look has not to wait.
  for (const sign of ['pointerover', 'focusin'])
    root.addEventListener(sign, ({ target }) => {
      if ((target as HTMLElement).matches('.banner .quiet, .banner .link')) details(core).catch(() => {});
    });
  return {
    ask: () => {
      screen.load();
      if (model == 'opt-out' && refuses) return honour();
      const moved = core.moved?.();
      if (moved) return void record(context, ...moved, gestureOf());
      // An honoured signal is a choice, and applied as one.
      // Told before what may run begins.
      if (placed) placed(core);
      core.align();
      sweep(core);
      screen.send(ASK);
      const banner = find('.banner');
      if (!banner) return;
      if (layout) layout(banner, firstLayer.lock);
      else clear(banner);
      core.emit('shown');
      // Once it is painted: counting it holds nothing up.
      setTimeout(() => {
        fetch(`${about.base}/v1/sites/${about.site}/events`, {
          method: 'POST',
          body: JSON.stringify({ event: 'shown', notice: about.notice, language: about.language }),
          keepalive: true,
        }).catch(() => {});
      }, 50);
    },
    act: (action, element, event) => {
      const kind = ACTIONS.indexOf(action.replace('-', '_'));
      if (kind >= 0) return choose(kind, element?.closest('.banner') ? 'banner' : 'preferences', gestureOf(element, event));
      if (action == 'close') return (find('.sheet')?.close(), element?.closest('.banner')?.remove());
      return open().then((more) => more.act(action));
    },
    embed: async (element) => (await open()).embed(element),
  };
};
