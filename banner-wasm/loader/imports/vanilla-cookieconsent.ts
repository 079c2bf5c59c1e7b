// vanilla-cookieconsent 3: `cc_cookie`, as a cookie or in localStorage, JSON with the categories that
// were accepted; `services` names all there were.

import { json, takeOver } from '../take-over';

takeOver(() => {
  const { categories, services, consentId, lastConsentTimestamp, expirationTime } = json('cc_cookie');
  return (
    consentId &&
    expirationTime > Date.now() &&
    Array.isArray(categories) && [
      Object.keys(services).map((name) => [name, categories.includes(name)]),
      Date.parse(lastConsentTimestamp),
    ]
  );
});
