// The part of the widget that is fetched only when there is something to ask, to change or to send.

import type { Core, Widget } from '../loader/types';
import type { Context } from './context';
import { flush } from './outbox';
import { record } from './record';
import { createScreen } from './screen';
import { sync } from './sync';

let widget: Widget | undefined;

/** The loader may come twice, after a file did not arrive: one page has one widget. */
export const start = (core: Core): Widget => (widget ||= create(core));

const create = (core: Core): Widget => {
  const context: Context = { core, history: [], known: () => {} };
  const send = () => flush(context);
  addEventListener('online', send);
  core.api.on('change', () => context.known());
  send();
  return {
    view: (files) => createScreen(context, files),
    sync: async () => {
      await send();
      await sync(context);
    },
    // A call of the page: nobody's gesture.
    decide: (action, choice = {}) =>
      record(context, action, choice, action == 'save' ? 'preferences' : 'banner', { trusted: false, visible: false }),
  };
};
