// From a choice to its record: applied here at once, then handed to the outbox.

import { cookie } from '../loader/cookie';
import type { Flags, Gesture } from '../loader/types';
import type { Context } from './context';
import { hold } from './hold';
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
  const { config, about, api } = core;
  const known = secretOf(core);
  if (action == 'withdraw' && !known) action = 'reject_all';
  const decided: Flags = {};
  for (const purpose of config.asked)
    decided[purpose] = action == 'accept_all' || (action == 'save' && (choices[purpose] ?? api.allowed(purpose)));
  const exceptions = action == 'save' ? vendors : {};
  const taken =
    Object.keys(decided).some((purpose) => api.allowed(purpose) && !decided[purpose]) ||
    Object.keys(exceptions).some(
      (vendor) => !exceptions[vendor] && config.disclosed?.[vendor]?.some((purpose) => purpose in decided && api.allowed(purpose, vendor)),
    );
  const secret = known || mint();
  const visitor = await identify(secret);
  // One that Global Privacy Control took back is in the cookie only.
  const base_version = api.consent?.version || +(cookie('ouinon') || '').split('.')[2] || 0;
  const now = Date.now();
  const { notice, language } = about;
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
  hold(
    core,
    {
      visitor,
      version: base_version,
      choices: decided,
      vendors: exceptions,
      notice,
      regime: core.regime || null,
      given_at: new Date(now).toISOString(),
      expires_at: new Date(now + context.days * 864e5).toISOString(),
    },
    secret,
  );
  context.known();
  // What has no receipt by then is sent by the next page.
  if (about.reload && !config.hosted && taken) sent.finally(() => location.reload());
  return sent;
};
