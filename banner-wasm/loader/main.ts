// What every page loads. A stored, still valid choice is applied and nothing else happens: no
// request, no widget. Otherwise the widget is fetched and asks.

import { allowed } from './allowed';
import { parse } from './consent/state';
import { control, root } from './control';
import { cookie } from './cookie';
import { off, on } from './events';
import { frames, scripts, type May } from './gate';
import type { Api, Config, Core, Early, Kept, Signals, Widget, WidgetModule } from './types';

// The server puts the site's configuration in place of this name, which stands here once, and the
// parts the site uses before all this: `server/src/http/loader.rs`.
declare const __OUINON_CONFIG__: Config;
declare const SIGNALS: Signals;
// What the small control says: the usual words, or the part of the loader that knows others.
declare const __OUINON_LABEL__: string;

const boot = (config: Config): void => {
  // An array where the page, or the snippet, called before this came.
  const api = (window.ouinon ||= [] as Early) as Api;
  if (api.r === 0) return; // A second copy of the tag.
  const { home } = config;
  let resolve = api.r as (api: Api) => void;
  let kept: Kept = {};
  // Nothing yet, so that the first look says what there is.
  let text: string | undefined;
  let list: string | null = null;
  let loading: Promise<Widget> | undefined;
  let started = false;
  let timer = 0;

  /**
   * The part for asking and keeping a choice, in the visitor's language: what the snippet began to
   * load, if that is of this notice and build. After a failure the next call tries again.
   */
  const widget = (): Promise<Widget> => {
    loading ||= Promise.resolve(api.e)
      .then((early): WidgetModule | Promise<WidgetModule> =>
        early?.path == home
          ? early
          : import(`${home}/ask.js?${[document.documentElement.lang, ...navigator.languages]}`),
      )
      .then((module) => module.start(core));
    loading.catch(() => (loading = undefined));
    return loading;
  };

  // What a server or a blocker refuses is no error of the page's.
  const later = (call: (widget: Widget) => unknown) => widget().then(call).catch(() => {});

  const may: May = (element) => api.allowed(element.getAttribute('data-purpose')!, element.getAttribute('data-vendor') || '');

  const scan = () => {
    // Not while the page is parsed: an inline script may be there in part.
    timer = document.readyState == 'loading' ? setTimeout(scan, 20) : 0;
    if (timer) return;
    scripts(may, config.strict);
    control(!!api.consent, kept.l || __OUINON_LABEL__);
    // Nobody knows before `ready` what will be held.
    if (frames(may) && started) later((w) => w.cover());
    // The script that asks defines this element, and shows developers why something is held back.
    if (document.querySelector('ouinon-preferences') || /ouinon=debug/.test(location.search)) later(() => {});
  };

  /** `known`: the answer, or the place, or that neither can be had. */
  const tell = (known?: boolean, event?: string) => {
    for (const signal of SIGNALS) signal(core, known, event, kept);
  };

  const emit = (event: string) => {
    event = 'ouinon:' + event;
    tell(false, event);
    document.dispatchEvent(new CustomEvent(event, { detail: api.consent }));
  };

  const align = () => {
    tell(true);
    scan();
  };

  const read = () => {
    kept = {};
    try {
      kept = JSON.parse(localStorage.ouinon_c) || kept;
    } catch {}
    // Back from the hosted page, what was chosen there comes before any script. Where the law hears a
    // signal that was switched on after the yes, it is taken back before anything runs, then recorded.
    const waits = kept.b || (kept.g && navigator.globalPrivacyControl);
    const now = ((started || !waits) && cookie('ouinon')) || '';
    if (text == now) return;
    text = now;
    const found = text.split('.');
    const [consented = null, stale = true] = parse(found, config, Date.now() / 1000);
    const before = list;
    list = consented && found[5];
    core.stale = stale;
    api.visitor = consented && found[1];
    api.consent = consented && Object.assign(consented, kept.c);
    if (before != list) {
      align();
      if (started) emit('change');
    }
  };

  const core = { config, api, root, later, emit, align, read } as Core;

  const ready = () => {
    if (started) return;
    started = true;
    resolve!(api);
    emit('ready');
    // What is told and applied now comes first.
    timer ||= setTimeout(scan, 20);
  };

  // Comes when the page has loaded, or is looked at again: once a day, or with a choice to send.
  const refresh = () => {
    read();
    if (api.consent && !(kept.d! > Date.now() / 1000)) later((w) => w.sync());
  };

  api.ready ||= new Promise((done) => (resolve = done));
  api.allowed = (purpose, vendor) => allowed(core, purpose, vendor);
  api.on = on;
  api.off = off;
  // At once; what one page's call throws is told to the console, and ends nothing here.
  api.push = (...calls) => calls.map((call) => new Promise(() => call(api)));
  for (const name of ['open', 'acceptAll', 'rejectAll', 'save', 'withdraw'] as const)
    api[name] = (choice?: object) => widget().then((w) => w.call(name, choice));
  api.r = 0;

  if (!config.hosted) {
    read();
    // Whoever called early is told what is stored.
    api.push(...Array.from(api as unknown as Early));
    if (api.consent) ready();
    if (core.stale) {
      tell();
      core.placing = api.p || fetch(home + '/place').catch(() => {});
      later((w) => w.ask(ready)).then(ready);
    }
    addEventListener('pageshow', refresh);
    addEventListener('visibilitychange', refresh);
    addEventListener('storage', read);
  }
  addEventListener(
    'click',
    (event) => {
      const element = event.composedPath().find((node) => (node as HTMLElement).dataset?.ouinon) as HTMLElement;
      if (element) {
        event.preventDefault();
        // Where the script does not come, the hosted page does all of it; the state is read after.
        widget().then((w) => w.click(element, event)).catch(() => {
          location.href = home + '/preferences#' + (cookie('ouinon_s') || '');
          localStorage.ouinon_c &&= JSON.stringify({ ...kept, b: 1 });
        });
      }
    },
    true,
  );
  scan();
  new MutationObserver(() => (timer ||= setTimeout(scan, 100))).observe(document, { childList: true, subtree: true, attributeFilter: ['data-src'] });
};

boot(__OUINON_CONFIG__);
