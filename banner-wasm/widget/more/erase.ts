// Being forgotten: on the server first, then here. It is not a withdrawal: nothing is left of the
// visitor that could be asked about, so this browser is a stranger's from then on.

import type { Context } from '../context';
import type { Screen } from '../screen';

export const erase = async (context: Context, { drop, flush, forget, secretOf, store }: Screen['tools']): Promise<void> => {
  const { core } = context;
  const { base, site } = core.about;
  // What is on its way arrives before, or it would come back as another visitor's choice.
  await flush(context);
  const secret = secretOf(core);
  const response = await fetch(`${base}/v1/sites/${site}/consent`, {
    method: 'DELETE',
    headers: { Authorization: 'Visitor ' + secret },
  }).catch(() => undefined);
  context.erased = !secret || response?.ok || false;
  if (context.erased) {
    context.history = [];
    drop(context);
    store('ouinon_s' + site, null, true);
    if (core.config.hosted) history.replaceState(null, '');
    // Until the next page nothing optional runs, also where it could without being asked.
    core.free = false;
    forget(core);
  }
  context.known();
};
