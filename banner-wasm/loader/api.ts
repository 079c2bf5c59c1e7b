// `window.ouinon`: the same object the inline snippet set up, filled in. What only a choice needs
// is fetched when it is asked for.

import { on, off } from './events';
import type { Api, Core, Files, Flags, View, Widget, WidgetModule } from './types';

/** A table look-up; false until something is known. */
export const allowed = ({ config, api, regime }: Core, purpose: string, vendor?: string): boolean => {
  const { consent } = api;
  if (vendor && !config.vendors[vendor]?.includes(purpose)) return false;
  if (config.required.includes(purpose)) return true;
  if (!(purpose in config.bases)) return false;
  return consent
    ? !!consent.choices[purpose] && consent.vendors[vendor!] != false
    : !!regime && regime.model != 'opt-in' && !(regime.gpc_honoured && navigator.globalPrivacyControl);
};

let loading: Promise<Widget> | undefined;
let shown: Promise<View> | undefined;

/** The next call tries again. */
const fail = (error: unknown): never => {
  loading = shown = undefined;
  throw error;
};

/** The part for choosing, without its screen. */
export const widget = (core: Core): Promise<Widget> =>
  (loading ||= import(core.config.base + '/a/' + core.config.assets.js)
    .then((module: WidgetModule) => module.start(core))
    .catch(fail));

/** The screen: its files and the widget's own are asked for at the same time. */
export const view = (core: Core, again?: boolean): Promise<View> => {
  const { base, site, notice, assets } = core.config;
  if (again || !shown) {
    const files = [`/n/${notice}/${core.language}.json`, `/v1/sites/${site}/place`, '/a/' + assets.wasm].map((path) =>
      fetch(base + path),
    ) as Files;
    // A blocker's refusal is no error of the page's.
    files.map((file) => file.catch(() => {}));
    shown = widget(core).then((w) => w.view(files)).catch(fail);
  }
  return shown;
};

/** The methods of `window.ouinon`. */
export const methods = (core: Core): Partial<Api> => {
  const decide = (action: string) => (choice?: { choices?: Flags; vendors?: Flags }) =>
    widget(core).then((w) => w.decide(action, choice));
  return {
    allowed: (purpose, vendor) => allowed(core, purpose, vendor),
    open: () => view(core).then((v) => v.act('open')),
    acceptAll: decide('accept_all'),
    rejectAll: decide('reject_all'),
    save: decide('save'),
    withdraw: decide('withdraw'),
    on,
    off,
  };
};
