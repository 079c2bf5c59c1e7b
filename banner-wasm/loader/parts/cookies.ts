// Looks for what purposes that are not allowed left behind: cookies, entries of both storages. Only
// sites whose notice lists any are served this. Removing it is work for the script that asks
// (`widget/sweep.ts`), which wrote down what to look for when the choice was made.

import type { Signals } from '../types';

declare const SIGNALS: Signals;

SIGNALS.push(({ later }, known, _, { s }) => {
  if (!known || !s) return;
  const names = ['', document.cookie, ...Object.keys({ ...localStorage, ...sessionStorage }), ''].join('=; ');
  if (RegExp(`; ${s}=`).test(names)) later((w) => w.sweep());
});
