// What every page loads. A stored, still valid choice is applied and nothing else happens: no
// request, no widget. Otherwise the widget is fetched and asks.

import { methods, widget } from './api';
import { parse } from './consent/state';
import { control, root } from './control';
import { cookie, stored } from './cookie';
import { emit } from './events';
import { gate, sweep } from './gate';
import { pick } from './language';
import type { Api, Config, Core, Signals, Widget } from './types';

// The server puts the site's configuration in place of this name, which stands here once, and the
// signals the site uses before all this: `server/src/http/loader.rs`.
declare const __OUINON_CONFIG__: Config;
declare const SIGNALS: Signals;

const DAY = 86400;

const now = () => Date.now() / 1000;

const boot = (config: Config): void => {
  const api = (window.ouinon ||= {} as Api);
  if ('on' in api && !api.q) return; // A second copy of the tag.
  const { base, site } = config;
  const queued = api.q || [];
  let resolve = api.r;
  let text: string | undefined;
  let list: string | undefined;
  let started = false;
  let timer = 0;

  const scan = () => {
    // Not while the page is parsed: an inline script may be there in part.
    timer = document.readyState == 'loading' ? setTimeout(scan, 20) : 0;
    if (timer) return;
    gate(api.allowed);
    control(!!api.consent && config.control != false, config.labels?.[core.language]);
  };

  /** `known`: the answer, or the place, or that neither can be had. */
  const tell = (known?: boolean) => {
    for (const signal of SIGNALS) signal(core, known);
  };

  const page = `${base}/preferences/${site}`;
  const core: Core = {
    config,
    api,
    page,
    regime: null,
    stale: true,
    hosted: location.href.startsWith(page),
    language: pick(config),
    root,
    emit: (event) => emit(event, api.consent),
    apply: () => {
      tell(true);
      sweep(config.cookies, api.allowed);
      scan();
    },
    read: () => {
      const read = cookie('ouinon');
      if (core.hosted || text == read) return;
      const choice = parse((text = read), config, now());
      const before = list;
      list = choice?.list;
      core.stale = !choice || choice.stale;
      api.visitor = choice ? choice.visitor : null;
      api.consent = choice ? Object.assign(choice.consent, stored('ouinon_r')) : null;
      if (before != list) {
        core.apply();
        if (started) core.emit('change');
      }
    },
  };

  const ready = () => {
    if (started) return;
    started = true;
    resolve!(api);
    core.emit('ready');
  };

  // What a server or a blocker refuses is no error of the page's.
  const later = (call: (widget: Widget) => Promise<unknown>) => widget(core).then(call).catch(() => {});
  const sync = () => later((w) => w.sync());

  // Comes when the page has loaded, or is looked at again: once a day, or with a choice to send.
  const refresh = () => {
    core.read();
    if ((api.consent && !(stored('ouinon_t') > now() - DAY)) || stored('ouinon_o')) sync();
  };

  const begin = () => {
    core.read();
    if (api.consent) ready();
    if (core.stale && !core.hosted) {
      tell();
      later((w) => w.ask(ready)).then(ready);
      core.place = api.p || fetch(`${base}/v1/sites/${site}/place`).catch(() => {});
    }
    addEventListener('pageshow', refresh);
    addEventListener('storage', core.read);
    document.addEventListener('visibilitychange', refresh);
  };

  api.visitor = api.consent = null;
  api.ready ||= new Promise((done) => (resolve = done));
  Object.assign(api, methods(core), { q: undefined });
  queued.forEach(([method, args]) => (api[method] as (...args: unknown[]) => unknown)(...args));
  // Back from the hosted page: what was chosen there comes before any script.
  if (cookie('ouinon') && stored('ouinon_t') === 0) {
    tell();
    sync().then(begin);
  } else begin();

  addEventListener(
    'click',
    (event) => {
      const element = event.composedPath().find((node) => (node as HTMLElement).dataset?.ouinon) as HTMLElement;
      if (element) {
        event.preventDefault();
        later((w) => w.click(element, event));
      }
    },
    true,
  );
  scan();
  new MutationObserver(() => (timer ||= setTimeout(scan, 20))).observe(document, { childList: true, subtree: true });
  customElements.define(
    'ouinon-preferences',
    class extends HTMLElement {
      connectedCallback() {
        later((w) => w.embed(this));
      }
    },
  );
};

boot(__OUINON_CONFIG__);
