// Reading the visitor's own state: a withdrawal made elsewhere stops the scripts here.

import { cookie } from '../loader/cookie';
import type { Context, Entry, State } from './context';
import { forget, hold, remember, tomorrow } from './hold';
import { pending } from './outbox';
import { secretOf } from './secret';

/**
 * Takes over what the server holds, unless a choice made here is still on its way. `refused`: the
 * last choice was not recorded, so it goes even where the server tells nothing instead.
 */
export const sync = async (context: Context, refused?: boolean): Promise<void> => {
  const { core } = context;
  const { config, about } = core;
  const { base, site } = about;
  const secret = secretOf(core);
  const held = () => (config.hosted ? core.api.consent : cookie('ouinon'));
  const before = held();
  // The hosted page remembers nothing but what it could not send.
  if (!secret || (pending(context).length && !config.hosted)) return;
  const response = await fetch(`${base}/v1/sites/${site}/consent`, {
    headers: { Authorization: 'Visitor ' + secret },
  }).catch(() => undefined);
  const state: (State & { history: Entry[] }) | undefined = await response?.json().catch(() => undefined);
  // Something newer was chosen while the answer travelled.
  const [body] = pending(context).slice(-1);
  if (before != held() || (body && !config.hosted)) return;
  const status = response?.status || 500;
  const answered = status < 429;
  const known = response?.ok && state?.version;
  // With `b` the next page asks again before any script runs.
  if (!config.hosted) remember({ d: tomorrow(), b: answered || !refused ? undefined : 1 });
  if (known) context.history = state!.history;
  if (known || body) {
    const sent = body && JSON.parse(body);
    hold(core, { version: sent?.base_version, ...state, ...sent }, secret, true);
  } else if (state && (response?.ok || status == 410 || (refused && answered))) {
    forget(core);
  }
  context.known();
};
