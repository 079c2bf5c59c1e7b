// The part of the widget that is fetched when there is something to ask, to change or to send:
// the first layer, and keeping a choice. The preferences are in `more/`.

import { cookie } from '../loader/cookie';
import type { Core, View, Widget } from '../loader/types';
import type { HeldModule } from '../held/main';
import type { Context } from './context';
import { details } from './details';
import { firstLayer } from './first-layer';
import { gestureOf } from './gesture';
import { remember, waits } from './hold';
import { farewell, flush } from './outbox';
import { record } from './record';
import { createScreen } from './screen';
import { sweep } from './sweep';
import { sync } from './sync';

export const { path } = firstLayer;

// The name of what stands in the place of frames held back, which the build writes here.
declare const __OUINON_HELD__: string;

let begun: Widget | undefined;

/** The loader may come twice, after a file did not arrive: one page has one widget. */
export const start = (core: Core): Widget => (begun ||= create(core));

/** The secret travels in the fragment, which no server sees; the state is read again after. */
const leave = (core: Core, apart: boolean): void => {
  const { base, site } = core.about;
  // Nothing is written before a choice.
  if (core.api.consent) remember({ b: 1 });
  const address = `${base}/preferences/${site}?return=${encodeURIComponent(location.href.split('#')[0])}#${cookie('ouinon_s') || ''}`;
  if (apart) open(address);
  else location.href = address;
};

const create = (core: Core): Widget => {
  core.about = firstLayer.of;
  let screen: Promise<View> | undefined;
  const context: Context = {
    core,
    days: firstLayer.expires_after_days,
    history: [],
    known: () => {},
    view: (again) => {
      if (again || !screen) {
        screen = createScreen(context, again);
        // After a failure the next call tries again.
        screen.catch(() => (screen = undefined));
      }
      return screen;
    },
  };
  const send = () => flush(context);
  /** The preferences: all they need is asked for at the same time, so that nothing is drawn twice. */
  const look = () => {
    details(core).catch(() => {});
    if (!core.config.hosted) sync(context).catch(() => {});
    return context.view();
  };
  addEventListener('online', send);
  addEventListener('pagehide', () => farewell(context));
  core.api.on('change', () => context.known());
  send();
  const embed = async (element: HTMLElement) => (await look()).embed(element);
  const widget: Widget = {
    ask: async (ready) => {
      if (waits()) {
        await widget.sync().catch(() => {});
        // What was chosen there holds from here on, or what was before.
        if (waits()) remember({ b: undefined });
        core.read();
        if (!core.stale) return ready();
      }
      const view = await context.view();
      ready();
      // The page may have chosen by a call meanwhile.
      if (core.stale) view.ask();
    },
    click: async (element, event) => {
      const action = element.dataset.ouinon!;
      const apart = 'href' in element && (event.ctrlKey || event.metaKey);
      if (action == 'page' || apart) leave(core, apart);
      else return (await (action == 'open' ? look() : context.view())).act(action, element, event);
    },
    cover: async () => ((await import(`${core.about.base}/a/${__OUINON_HELD__}`)) as HeldModule).placeholders(core, widget),
    sweep: () => sweep(core),
    call: async (name, choice = {}, gesture = gestureOf()) => {
      if (name == 'open') return (await look()).act(name);
      const action = name.replace('All', '_all');
      return record(context, action, choice, name == 'save' ? 'preferences' : 'banner', gesture);
    },
    sync: async () => {
      await send();
      await sync(context);
      sweep(core);
    },
  };
  // The panel for developers, where the page's address asks for it.
  if (/ouinon=debug/.test(location.search)) import(core.about.base + '/debug.js').then(({ start }) => start(core), () => {});
  // One page has one: a preview of looks starts more than one of these.
  customElements.get('ouinon-preferences') ||
    customElements.define(
      'ouinon-preferences',
      class extends HTMLElement {
        connectedCallback() {
          embed(this).catch(() => {});
        }
      },
    );
  return widget;
};
