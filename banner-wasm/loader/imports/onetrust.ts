// OneTrust: `OptanonConsent`, written as the query of an address, with `groups=C0001:1,C0002:0`. It is
// there before any choice; `OptanonAlertBoxClosed` says that, and when, there was one.

import { kept, takeOver } from '../take-over';

takeOver(() => {
  const all = new URLSearchParams(kept('OptanonConsent'));
  const groups = all.get('groups')!.split(',').map((pair) => pair.split(':'));
  return (
    all.get('AwaitingReconsent') != 'true' && [
      groups.map(([name, value]) => [name, value == '1' || (value == '0' ? false : value)]),
      Date.parse(decodeURIComponent(kept('OptanonAlertBoxClosed'))),
    ]
  );
});
