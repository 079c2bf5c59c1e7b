// Microsoft's Universal Event Tracking, which takes no default for granted: it is told at once,
// before the place is known, then updated.

import { values } from '../consent/signals';
import type { Signals } from '../types';

declare const SIGNALS: Signals;

let last: string | undefined;
let answered = false;

SIGNALS.push((core) => {
  const { consent } = core.api;
  const { ad_storage = 'denied' } = values(core);
  if (last != ad_storage || (consent && !answered))
    (window.uetq ||= []).push('consent', last ? 'update' : 'default', { ad_storage });
  last = ad_storage;
  answered ||= !!consent;
});
