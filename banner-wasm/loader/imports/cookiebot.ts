// Cookiebot: `CookieConsent`, an object in the notation of JavaScript, percent-encoded in part:
// `{stamp:'…',necessary:true,preferences:false,statistics:true,marketing:false,method:'explicit',ver:1,utc:1700000000000}`.
// The stamp `-1`, and the method `implied`, are no choice: nobody was asked.

import { kept, takeOver } from '../take-over';

takeOver(() => {
  const [, inside] = /^{(.*)}$/.exec(decodeURIComponent(kept('CookieConsent')))!;
  const all = new Map([...inside.matchAll(/(\w+):('[^']*'|[\w.-]+)/g)].map(([, name, value]) => [name, value]));
  return (
    all.get('stamp') != "'-1'" &&
    all.get('method') != "'implied'" && [
      ['preferences', 'statistics', 'marketing'].map((name) => [name, { true: true, false: false }[all.get(name)!]]),
      +all.get('utc')!,
    ]
  );
});
