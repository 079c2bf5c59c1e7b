// Takes a visitor's choice along to another domain of the same site, which cannot read its cookies. A
// link between them gets a token that means nothing to anybody but the server, works once, for a
// minute, there alone (docs/adr/0027). Only sites whose notice says `handover` are served this.

import { cookie } from './cookie';
import type { About, Core, Signals } from './types';
import { write } from './write';

declare const SIGNALS: Signals;
/** The JSON the server puts in place of `__OUINON_HANDOVER__`. */
interface Settings extends Pick<About, 'base' | 'site' | 'cookie_domain'> {
  /** The site's origins, as it was created with. */
  origins: string[];
}
declare const __OUINON_HANDOVER__: Settings;

const about = __OUINON_HANDOVER__;

/** Another origin of this site. */
const sibling = (origin: string): boolean =>
  origin != location.origin &&
  about.origins.some((own) => {
    const [scheme, parent] = own.split('*.');
    return parent ? origin.startsWith(scheme) && origin.slice(scheme.length).replace(/^[\w-]+\./, '') == parent : origin == own;
  });

const post = (where: string, body: object): Promise<any> =>
  fetch(`${about.base}/v1/sites/${about.site}/${where}`, { method: 'POST', body: JSON.stringify(body), signal: AbortSignal.timeout(1500) }).then(
    (response) => (response.ok ? response.json() : {}),
    () => ({}),
  );

const [, token, rest] = /^#ouinon=([\w-]+)&?(.*)/.exec(location.hash) || [];
// Out of the address bar before anybody copies it. What stood there is looked for again.
if (token) {
  history.replaceState(history.state, '', location.href.split('#')[0]);
  if (rest) location.replace('#' + rest);
}

/** A link sent by a stranger brings nothing: who leads here has to be this site. */
const led = (): boolean => {
  try {
    return sibling(new URL(document.referrer).origin);
  } catch {
    return false;
  }
};

const arrive = async (core: Core): Promise<void> => {
  const { visitor_secret, cookie: choice, expires_at } = await post('arrivals', { token });
  // What was said here meanwhile counts more.
  if (!choice || cookie('ouinon')) return;
  const expiry = Date.parse(expires_at);
  write(about, 'ouinon_s', visitor_secret, expiry);
  write(about, 'ouinon', choice, expiry);
  core.read();
};

let looked = false;
SIGNALS.push((core) => {
  if (looked) return;
  looked = true;
  const { api, config } = core;
  addEventListener('click', (event) => {
    const link = event.composedPath().find((node): node is HTMLAnchorElement => (node as Element).localName == 'a');
    const apart = event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
    if (!link || apart || event.defaultPrevented || !/^(_self)?$/.test(link.target) || link.hasAttribute('download')) return;
    const visitor_secret = cookie('ouinon_s');
    if (!sibling(link.origin) || !visitor_secret || !api.consent) return;
    event.preventDefault();
    const address = new URL(link.href);
    post('handovers', { visitor_secret, to: address.origin }).then(({ token }) => {
      if (token) address.hash = `ouinon=${token}&${address.hash.slice(1)}`.replace(/&$/, '');
      location.href = address.href;
    });
  });
  if (!token || api.consent || core.config.hosted || cookie('ouinon') || !led()) return;
  // Nobody is asked before the place is known, and so not before this.
  const place = api.p || fetch(config.home + '/place').catch(() => {});
  api.p = arrive(core).then(() => place);
});
