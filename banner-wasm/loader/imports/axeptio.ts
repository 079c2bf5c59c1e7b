// Axeptio, for brands: `axeptio_cookies`, JSON with a yes or no for each vendor; names that begin with
// `$$` are its own, `$$completed` says that there was a choice.

import { json, takeOver } from '../take-over';

takeOver(() => {
  const all = json('axeptio_cookies');
  const vendors = Object.entries(all).filter(([name]) => !name.startsWith('$$'));
  return all.$$completed === true && [vendors, Date.parse(all.$$date)];
});
