// Microsoft Clarity, which keeps nothing until it is told, and throws away what it has where it is
// denied: so it is told once the answer or the place is known.

import { values } from '../consent/signals';
import type { Signals } from '../types';

declare const SIGNALS: Signals;

let last: string | undefined;

// The queue Clarity's own tag would make.
const clarity = (...args: unknown[]) =>
  (window.clarity ||= function () {
    (window.clarity!.q ||= []).push(arguments);
  })(...args);

SIGNALS.push((core, known) => {
  const { ad_storage = 'denied', analytics_storage = 'denied' } = values(core);
  const text = ad_storage + analytics_storage;
  if (!known || last == text) return;
  last = text;
  clarity('consentv2', { ad_Storage: ad_storage, analytics_Storage: analytics_storage });
});
