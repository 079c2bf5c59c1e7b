// The inline snippet: constant, so its CSP hash never changes. It sets the consent defaults before
// any tag, keeps the calls made before the loader comes, and begins to load what asks where nothing
// was chosen yet: with the loader then, not after it.

import type { Api, Early, WidgetModule } from './types';

// What differs between sites stands in attributes, which are no part of the hash: the loader's
// address, and what Google's tags have to know before they run.
const { ouinon, granted, set, wait } = document.currentScript?.dataset || ({} as DOMStringMap);
let early: Api['e'];
let place: Api['p'];
const [, base, site] = ouinon?.match(/(.+)\/b\/(.+).js/) || [];
if (base && !/\bouinon=/.test(document.cookie)) {
  const languages = [document.documentElement.lang, ...navigator.languages];
  early = (import(`${base}/b/${site}/ask.js?${languages}`) as Promise<WidgetModule>).catch(() => {});
  place = fetch(`${base}/v1/sites/${site}/place`).catch(() => {});
}
const calls: Early = [];
const stub = Object.assign(calls, { visitor: null, consent: null, allowed: () => false, e: early, p: place }) as unknown as Api;
stub.ready = new Promise((resolve) => (stub.r = resolve));
for (const method of ['on', 'off', 'open', 'acceptAll', 'rejectAll', 'save', 'withdraw'] as const)
  stub[method] = ((...args: unknown[]) => calls.push((api) => (api[method] as Function)(...args))) as never;

window.ouinon ||= stub;

const layer = (window.dataLayer ||= []);
window.gtag ||= function () {
  layer.push(arguments);
};
for (const name of set?.split(' ') || []) window.gtag('set', name, true);
const say = (value: string, ads: string, region?: string[]) =>
  window.gtag!('consent', 'default', {
    ad_storage: ads,
    ad_user_data: ads,
    ad_personalization: ads,
    analytics_storage: value,
    functionality_storage: value,
    personalization_storage: value,
    security_storage: 'granted',
    wait_for_update: +wait! || 500,
    ...(region && { region }),
  });
say('denied', 'denied');
// The places where nobody needs to be asked; advertising is refused there by Global Privacy Control.
if (granted) say('granted', navigator.globalPrivacyControl ? 'denied' : 'granted', granted.split(' '));
