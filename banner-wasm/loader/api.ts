// `window.ouinon`: the same object the inline snippet set up, filled in. What only a choice needs
// is fetched when it is asked for.

import { on, off } from './events';
import type { Api, Core, Widget, WidgetModule } from './types';

/** A table look-up; false until something is known. Only the tables' own names count, not `constructor`. */
export const allowed = ({ config, api, regime }: Core, purpose: string, vendor?: string): boolean => {
  const { consent } = api;
  if (vendor && !config.vendors[vendor]?.includes?.(purpose)) return false;
  if (config.required.includes(purpose)) return true;
  if (!Object.hasOwn(config.bases, purpose)) return false;
  return consent
    ? !!consent.choices[purpose] && consent.vendors[vendor!] != false
    : !!regime && regime.model != 'opt-in' && !(regime.gpc_honoured && navigator.globalPrivacyControl);
};

let loading: Promise<Widget> | undefined;

/**
 * The part for asking and keeping a choice, in the visitor's language: what the snippet began to
 * load, if that is of this notice and build. After a failure the next call tries again.
 */
export const widget = (core: Core): Promise<Widget> =>
  (loading ||= (async () => {
    const { config, language, api } = core;
    const path = `/n/${config.notice}/${language}/${config.ask}`;
    const early = await api.e;
    return (early?.path == path ? early : ((await import(config.base + path)) as WidgetModule)).start(core);
  })().catch((error) => {
    loading = undefined;
    throw error;
  }));

/** The methods of `window.ouinon`. */
export const methods = (core: Core): Partial<Api> => {
  const api: Partial<Api> = {
    allowed: (purpose, vendor) => allowed(core, purpose, vendor),
    on,
    off,
    // At once; what one page's call throws is told to the console, and ends nothing here.
    push: (...calls) => calls.map((call) => new Promise(() => call(core.api))),
  };
  for (const name of ['open', 'acceptAll', 'rejectAll', 'save', 'withdraw'] as const)
    api[name] = (choice?: object) => widget(core).then((w) => w.call(name, choice));
  return api;
};
