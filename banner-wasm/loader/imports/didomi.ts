// Didomi: `didomi_token`, JSON in base64, with the custom purposes that were enabled and disabled. The
// newer binary `didomi_dcs` numbers purposes by a list only Didomi's server has: not read.

import { kept, takeOver } from '../take-over';

takeOver(() => {
  const { updated, purposes } = JSON.parse(atob(decodeURIComponent(kept('didomi_token'))));
  const { enabled = [], disabled = [] } = purposes;
  const as = (names: string[], yes: boolean) => names.map((name): [string, boolean] => [name, yes]);
  return [[...as(enabled, true), ...as(disabled, false)], Date.parse(updated)];
});
