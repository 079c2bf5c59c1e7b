// From a choice to its record: put into the outbox, applied here, then sent.

import { cookie } from '../loader/cookie';
import type { Flags, Gesture } from '../loader/types';
import type { Context } from './context';
import { hold, holdSecret } from './hold';
import { flush, pending, post } from './outbox';
import { identify, mint, secretOf } from './secret';

/** The actions of a record, in the order of `Action` in `src/machine.rs`. */
export const ACTIONS = ['accept_all', 'reject_all', 'save', 'withdraw'];

export interface Choice {
  choices?: Flags;
  vendors?: Flags;
}

/**
 * After the next frame is on the screen, so that a click shows at once what it did; or when the page goes,
 * or is looked at no longer and has no next frame.
 */
export const painted = (): Promise<void> =>
  new Promise((done) => {
    requestAnimationFrame(() => setTimeout(done));
    for (const sign of ['pagehide', 'visibilitychange']) addEventListener(sign, () => done(), { once: true });
  });

/** `shown`: what is waited for before the choice is applied; by then it is in the outbox already. */
export const record = async (
  context: Context,
  action: string,
  { choices = {}, vendors = {} }: Choice,
  method: string,
  gesture: Gesture,
  shown?: Promise<void>,
): Promise<void> => {
  const { core } = context;
  const { config, about, api } = core;
  const known = secretOf(core);
  if (action == 'withdraw' && !known) action = 'reject_all';
  const decided: Flags = {};
  for (const purpose of config.asked)
    decided[purpose] = action == 'accept_all' || (action == 'save' && (choices[purpose] ?? api.allowed(purpose)));
  const exceptions = action == 'save' ? vendors : {};
  const secret = known || mint();
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
  const expiry = now + context.days * 864e5;
  const kept = post(context, body);
  holdSecret(core, secret, expiry);
  const visitor = await identify(secret);
  await shown;
  const choice = {
    visitor,
    version: base_version,
    choices: decided,
    vendors: exceptions,
    notice,
    regime: core.regime || null,
    given_at: new Date(now).toISOString(),
    expires_at: new Date(expiry).toISOString(),
  };
  // Something else may have sent it meanwhile: what the server answered holds then.
  if (pending(context).includes(kept)) hold(core, choice, secret);
  context.known();
  const sent = flush(context);
  return sent;
};
