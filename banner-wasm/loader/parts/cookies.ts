// Looks for what purposes that are not allowed left behind: cookies, entries of both storages. Only
// sites whose notice lists any are served this. Removing it is work for the script that asks
// (`widget/sweep.ts`), which wrote down what to look for when the choice was made.

import type { Signals } from '../types';

declare const SIGNALS: Signals;

SIGNALS.push(({ later }, known, _, { s }) => {
  // One text: the cookies, and after commas the names of what is stored.
  if (known && s && RegExp(s).test([document.cookie, ...Object.keys({ ...localStorage, ...sessionStorage })] as never))
    later((w) => w.sweep());
});
