// CookieYes: `cookieyes-consent`, `consentid:…,consent:no,action:yes,necessary:yes,analytics:no,…`;
// `action:yes` says that somebody chose. The date is there where the choice was renewed.

import { kept, takeOver } from '../take-over';

takeOver(() => {
  const { consentid, consent, action, lastRenewedDate, ...rest } = Object.fromEntries(
    decodeURIComponent(kept('cookieyes-consent')).split(',').map((pair) => pair.split(':')),
  );
  return (
    action == 'yes' && [
      Object.entries(rest).map(([name, value]) => [name, value == 'yes' || (value == 'no' ? false : value)]),
      lastRenewedDate && +lastRenewedDate,
    ]
  );
});
