// The inline snippet: constant, so its CSP hash never changes. It sets the consent defaults before
// any tag, keeps the calls made before the loader comes, and begins to load what asks where nothing
// was chosen yet: with the loader then, not after it.

import type { Api, WidgetModule } from './types';

// The loader's address stands in an attribute, which is no part of the hash.
let early: Api['e'];
let place: Api['p'];
const [, base, site] = document.currentScript?.dataset.ouinon?.match(/(.+)\/b\/(.+).js/) || [];
if (base && !/\bouinon=/.test(document.cookie)) {
  const languages = [document.documentElement.lang, ...navigator.languages];
  early = (import(`${base}/b/${site}/ask.js?${languages}`) as Promise<WidgetModule>).catch(() => {});
  place = fetch(`${base}/v1/sites/${site}/place`).catch(() => {});
}
const queue: NonNullable<Api['q']> = [];
const stub = { q: queue, visitor: null, consent: null, allowed: () => false, e: early, p: place } as unknown as Api;
stub.ready = new Promise((resolve) => (stub.r = resolve));
for (const method of ['on', 'off', 'open', 'acceptAll', 'rejectAll', 'save', 'withdraw'] as const)
  stub[method] = ((...args: unknown[]) => queue.push([method, args])) as never;

window.ouinon ||= stub;

const layer = (window.dataLayer ||= []);
window.gtag ||= function () {
  layer.push(arguments);
};
const denied = 'denied';
window.gtag('consent', 'default', {
  ad_storage: denied,
  ad_user_data: denied,
  ad_personalization: denied,
  analytics_storage: denied,
  functionality_storage: denied,
  personalization_storage: denied,
  security_storage: 'granted',
  wait_for_update: 500,
});
