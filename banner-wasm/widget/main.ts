// The part of the widget that is fetched when there is something to ask, to change or to send:
// the first layer, and keeping a choice. The preferences are in `more/`.

import { cookie } from '../loader/cookie';
import type { Core, View, Widget } from '../loader/types';
import type { Context } from './context';
import { details } from './details';
import { firstLayer } from './first-layer';
import { gestureOf } from './gesture';
import { farewell, flush } from './outbox';
import { record } from './record';
import { createScreen } from './screen';
import { sync } from './sync';

export const { path } = firstLayer;

let widget: Widget | undefined;

/** The loader may come twice, after a file did not arrive: one page has one widget. */
export const start = (core: Core): Widget => (widget ||= create(core));

/** The secret travels in the fragment, which no server sees; the state is read again after. */
const leave = (core: Core, apart: boolean): void => {
  try {
    // There since the first choice.
    localStorage.ouinon_t &&= 0;
  } catch {}
  const address = `${core.page}?return=${encodeURIComponent(location.href.split('#')[0])}#${cookie('ouinon_s') || ''}`;
  if (apart) open(address);
  else location.href = address;
};

const create = (core: Core): Widget => {
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
    if (!core.hosted) sync(context).catch(() => {});
    return context.view();
  };
  addEventListener('online', send);
  addEventListener('pagehide', () => farewell(context));
  core.api.on('change', () => context.known());
  send();
  return {
    ask: async (ready) => {
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
    embed: async (element) => (await look()).embed(element),
    call: async (name, choice = {}, gesture = gestureOf()) => {
      if (name == 'open') return (await look()).act(name);
      const action = name.replace('All', '_all');
      return record(context, action, choice, name == 'save' ? 'preferences' : 'banner', gesture);
    },
    sync: async () => {
      await send();
      await sync(context);
    },
  };
};
