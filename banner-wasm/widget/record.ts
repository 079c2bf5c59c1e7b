// From a choice to its record: applied here at once, then handed to the outbox.

import type { Flags, Gesture } from '../loader/types';
import type { Context } from './context';
import { hold, store } from './hold';
import { post } from './outbox';
import { identify, mint, secretOf } from './secret';

/** The actions of a record, in the order of `Action` in `src/machine.rs`. */
export const ACTIONS = ['accept_all', 'reject_all', 'save', 'withdraw'];

export interface Choice {
  choices?: Flags;
  vendors?: Flags;
}

export const record = async (
  context: Context,
  action: string,
  { choices = {}, vendors = {} }: Choice,
  method: string,
  gesture: Gesture,
): Promise<void> => {
  const { core } = context;
  const { config, api, language } = core;
  const known = secretOf(core);
  if (action == 'withdraw' && !known) action = 'reject_all';
  const decided: Flags = {};
  for (const purpose in config.bases)
    decided[purpose] = action == 'accept_all' || (action == 'save' && (choices[purpose] ?? api.allowed(purpose)));
  const exceptions = action == 'save' ? vendors : {};
  const secret = known || mint();
  const visitor = await identify(secret);
  const base_version = api.consent?.version || 0;
  const now = Date.now();
  const { notice } = config;
  const body = {
    id: crypto.randomUUID(),
    visitor_secret: secret,
    notice,
    base_version,
    action,
    choices: decided,
    vendors: exceptions,
    language,
    method,
    page: location.origin + location.pathname,
    gesture,
  };
  const sent = post(context, body);
  if (!core.hosted) store('ouinon_t', Math.floor(now / 1000));
  hold(
    core,
    {
      visitor,
      version: base_version,
      choices: decided,
      vendors: exceptions,
      notice,
      regime: core.regime,
      given_at: new Date(now).toISOString(),
      expires_at: new Date(now + context.days * 864e5).toISOString(),
    },
    secret,
  );
  context.known();
  return sent;
};
