// What the notice's signals say now, for every file of `signals/`: each is built with a copy of
// this, so that a site without signals loads none.

import type { Core } from '../types';

export type Values = Record<string, string>;

/** Whether the tool's vendor is refused by name: the server puts it here, in every copy its own. */
declare const __OUINON_REFUSED__: boolean;

/** A signal is granted where every purpose that stands behind it is allowed. */
export const values = ({ config, api }: Core): Values =>
  config.signals!((...purposes) =>
    purposes.every((purpose) => api.allowed(purpose)) && !__OUINON_REFUSED__ ? 'granted' : 'denied',
  );
