// Who the visitor is: a secret of 16 random bytes, made at the first choice and not before. The
// public id is its hash, so it names the visitor but cannot act for them.

import { cookie } from '../loader/cookie';
import type { Core } from '../loader/types';
import { store } from './hold';

const base64url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes)).replace(/\+/g, '-').replace(/\//g, '_').replace(/=/g, '');

const bytes = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0));

export const mint = (): string => base64url(crypto.getRandomValues(new Uint8Array(16)));

/** The first 16 bytes of the SHA-256 over the secret's bytes. */
export const identify = async (secret: string): Promise<string> =>
  base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes(secret))).slice(0, 16));

/** What the hosted page keeps, for its tab only; as `stored` does it. */
export const inTab = (key: string): any => {
  try {
    return JSON.parse(sessionStorage.getItem(key)!);
  } catch {}
};

/** On the hosted page the secret came in the address's fragment; elsewhere it is in a cookie. */
export const secretOf = (core: Core): string | undefined => {
  if (!core.config.hosted) return cookie('ouinon_s');
  const key = 'ouinon_s' + core.about.site;
  const fragment = location.hash.slice(1);
  // Out of the address bar, yet there after a reload and in the page's other languages.
  if (/^[\w-]{22}$/.test(fragment)) {
    store(key, fragment, true);
    history.replaceState({ ouinon: fragment }, '', location.href.split('#')[0]);
  }
  return inTab(key) || history.state?.ouinon;
};
