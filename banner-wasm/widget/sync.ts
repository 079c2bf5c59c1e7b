// Reading the visitor's own state: a withdrawal made elsewhere stops the scripts here.

import { cookie } from '../loader/cookie';
import type { Context, Entry, State } from './context';
import { forget, hold, store } from './hold';
import { pending } from './outbox';
import { secretOf } from './secret';

/** Takes over what the server holds, unless a choice made here is still on its way. */
export const sync = async (context: Context): Promise<void> => {
  const { core } = context;
  const { base, site } = core.config;
  const secret = secretOf(core);
  const before = cookie('ouinon');
  if (!secret || pending(context).length) return;
  const response = await fetch(`${base}/v1/sites/${site}/consent`, {
    headers: { Authorization: 'Visitor ' + secret },
  }).catch(() => undefined);
  const state: (State & { history: Entry[] }) | undefined = await response?.json().catch(() => undefined);
  // Something newer was chosen while the answer travelled.
  if (pending(context).length || before != cookie('ouinon')) return;
  if (!core.hosted) store('ouinon_t', `${Math.floor(Date.now() / 1000)}`);
  if (response?.ok && state?.version) {
    context.history = state.history;
    hold(core, state, secret);
  } else if (state && (response?.ok || response?.status == 410)) {
    forget(core);
  }
  context.known();
};
