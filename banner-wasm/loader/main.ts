// What every page loads. A stored, still valid choice is applied and nothing else happens: no
// request, no widget. Otherwise the widget is fetched and asks.

import { methods, widget } from './api';
import { parse } from './consent/state';
import { control, root } from './control';
import { cookie, stored } from './cookie';
import { emit } from './events';
import { frames, scripts, sweep, type May, wipe } from './gate';
import { pick } from './language';
import type { Api, Config, Consent, Core, Early, Flags, Signals, Widget } from './types';

// The server puts the site's configuration in place of this name, which stands here once, and the
// parts the site uses before all this: `server/src/http/loader.rs`.
declare const __OUINON_CONFIG__: Config;
declare const SIGNALS: Signals;
// The name of what stands in the place of frames held back, which the build writes here.
declare const __OUINON_HELD__: string;

const DAY = 86400;

const now = () => Date.now() / 1000;

/** The law of the place where this was chosen takes Global Privacy Control for a no, and it was not sent then. */
const optsOut = (consent: Consent | null) =>
  !consent?.gpc && consent?.regime?.model == 'opt-out' && consent.regime.gpc_honoured;

const boot = (config: Config): void => {
  // An array where the page, or the snippet, called before this came.
  const api = (window.ouinon ||= [] as Early) as Api & Early;
  if ('on' in api && !api.r) return; // A second copy of the tag.
  const { base, site } = config;
  let resolve = api.r;
  let text: string | undefined;
  let list: string | undefined;
  let label: string | undefined;
  let started = false;
  let timer = 0;
  let pause = 20;

  // Thousands of elements may wait for the same few things. Known anew at each look: every change of
  // what is allowed brings one.
  let known: Flags = {};
  const may: May = (element) => {
    const purpose = element.getAttribute('data-purpose')!;
    const vendor = element.getAttribute('data-vendor') || '';
    return (known[purpose + '/' + vendor] ??= api.allowed(purpose, vendor));
  };

  const scan = () => {
    const start = performance.now();
    known = {};
    // Not while the page is parsed: an inline script may be there in part.
    timer = document.readyState == 'loading' ? setTimeout(scan, 20) : 0;
    if (timer) return;
    scripts(may, config.trusted);
    // Nobody knows before `ready` what will be held.
    if (frames(may) && started) import(`${base}/a/${__OUINON_HELD__}`).then((held) => held.cover(core, widget)).catch(() => {});
    control(!!api.consent, label || config.labels?.[core.language], config.control);
    // However much a page holds and goes on adding, a fiftieth of its time is enough.
    pause = 20 + 50 * (performance.now() - start);
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
    wipe,
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
      const { label: own, ...kept } = stored('ouinon_r') || {};
      label = own;
      const consent = (api.consent = choice ? Object.assign(choice.consent, kept) : null);
      // Switched on after the yes, where the law hears it: taken back at once, then recorded.
      if (navigator.globalPrivacyControl && optsOut(consent) && list!.includes(':1')) {
        consent!.choices = {};
        core.stale = true;
      }
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
    // What is told and applied now comes first.
    timer ||= setTimeout(scan, 20);
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
    // Whoever called early is told what is stored.
    api.push(...Array.from(api));
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
  Object.assign(api, methods(core), { r: undefined });
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
        // Where the script does not come, the hosted page does all of it; the state is read after.
        widget(core).then((w) => w.click(element, event)).catch(() => {
          location.href = page + '#' + cookie('ouinon_s');
          localStorage.ouinon_t &&= 0;
        });
      }
    },
    true,
  );
  scan();
  new MutationObserver(() => (timer ||= setTimeout(scan, pause))).observe(document, { childList: true, subtree: true, attributeFilter: ['data-src'] });
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
