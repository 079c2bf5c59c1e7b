// What every page loads. A stored, still valid choice is applied and nothing else happens: no
// request, no widget. Otherwise the widget is fetched and asks.

import { methods, view, widget } from './api';
import { parse } from './consent/state';
import { control, root } from './control';
import { cookie, stored } from './cookie';
import { emit, signal } from './events';
import { gate, sweep } from './gate';
import { pick } from './language';
import type { Api, Config, Core } from './types';

// The server puts the site's configuration in place of this name, which stands here once.
declare const __OUINON_CONFIG__: Config;

const DAY = 86400;

const now = () => Date.now() / 1000;

const boot = (config: Config): void => {
  const api = (window.ouinon ||= {} as Api);
  if ('on' in api && !api.q) return; // A second copy of the tag.
  const { base, site } = config;
  const queued = api.q || [];
  const page = `${base}/preferences/${site}`;
  let resolve = api.r;
  let text: string | undefined;
  let list: string | undefined;
  let stale = true;
  let started = false;
  let timer = 0;

  const scan = () => {
    // Not while the page is parsed: an inline script may be there in part.
    timer = document.readyState == 'loading' ? setTimeout(scan, 20) : 0;
    if (timer) return;
    gate(api.allowed);
    control(!!api.consent && config.control != false, config.labels?.[core.language]);
  };

  const core: Core = {
    config,
    api,
    regime: null,
    hosted: location.href.startsWith(page),
    language: pick(config),
    root,
    emit: (event) => emit(event, api.consent),
    view: (again) => view(core, again),
    apply: () => {
      if (api.consent || core.regime) signal(config.signals, api.allowed);
      sweep(config.cookies, api.allowed);
      scan();
    },
    read: () => {
      const read = cookie('ouinon');
      if (core.hosted || text == read) return;
      const choice = parse((text = read), config, now());
      const before = list;
      list = choice?.list;
      stale = !choice || choice.stale;
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

  const sync = () => widget(core).then((w) => w.sync()).catch(() => {});

  // Comes when the page has loaded, or is looked at again: once a day, or with a choice to send.
  const refresh = () => {
    core.read();
    if ((api.consent && !(stored('ouinon_t') > now() - DAY)) || stored('ouinon_o')) sync();
  };

  const click = (event: MouseEvent) => {
    const element = event.composedPath().find((node) => (node as HTMLElement).dataset?.ouinon) as HTMLAnchorElement;
    if (!element) return;
    const action = element.dataset.ouinon!;
    if (action == 'page' || (element.href && (event.ctrlKey || event.metaKey))) {
      // The secret travels in the fragment, which no server sees; the state is read again after.
      const secret = cookie('ouinon_s') || '';
      try {
        // There since the first choice.
        localStorage.ouinon_t &&= 0;
      } catch {}
      const address = `${page}?return=${encodeURIComponent(location.href.split('#')[0])}#${secret}`;
      if (element.href) element.href = address;
      else location.href = address;
    } else {
      event.preventDefault();
      core.view().then((v) => v.act(action, element, event)).catch(() => {});
    }
  };

  api.visitor = api.consent = null;
  api.ready ||= new Promise((done) => (resolve = done));
  Object.assign(api, methods(core), { q: undefined });
  queued.forEach(([method, args]) => (api[method] as (...args: unknown[]) => unknown)(...args));
  const begin = () => {
    addEventListener('pageshow', refresh);
    addEventListener('storage', core.read);
    document.addEventListener('visibilitychange', refresh);
    core.read();
    if (api.consent) ready();
    if (stale && !core.hosted)
      core.view().then((v) => {
        core.apply();
        ready();
        // The page may have chosen by a call meanwhile.
        if (stale) v.ask();
      }, ready);
  };
  // Back from the hosted page: what was chosen there comes before any script.
  if (stored('ouinon_t') === 0) sync().then(begin);
  else begin();

  addEventListener('click', click, true);
  scan();
  new MutationObserver(() => (timer ||= setTimeout(scan, 20))).observe(document, { childList: true, subtree: true });
  customElements.define(
    'ouinon-preferences',
    class extends HTMLElement {
      connectedCallback() {
        core.view().then((v) => v.embed(this)).catch(() => {});
      }
    },
  );
};

boot(__OUINON_CONFIG__);
