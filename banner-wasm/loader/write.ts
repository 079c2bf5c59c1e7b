// Writing the two cookies of a choice: the widget does, and what takes a choice over from another
// domain of the site.

import { cookie } from './cookie';
import type { About } from './types';
import { secure, wipe } from './wipe';

export const write = ({ base, cookie_domain }: Pick<About, 'base' | 'cookie_domain'>, name: string, value: string, expiry: number): void => {
  const same = () => value == (cookie(name) || '');
  // On the site's own origin the server has written it, and browsers keep that for longer.
  if (same() && base.startsWith(location.origin + '/')) return;
  // On the site's other domains a cookie of this one's parent would not be kept.
  const domain = cookie_domain?.replace(/^\.?/, '.');
  const put = () => {
    document.cookie =
      `${name}=${value};path=/;SameSite=Lax;expires=${new Date(expiry).toUTCString()}` +
      secure() +
      (domain && `.${location.hostname}`.endsWith(domain) ? ';domain=' + domain : '');
  };
  put();
  // Another of this name, of a parent domain or a longer path, says something else.
  if (!same()) {
    wipe(name);
    put();
  }
};
