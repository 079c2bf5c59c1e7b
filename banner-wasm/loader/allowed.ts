// The one question of every page: may this purpose, and this vendor, be served?

import type { Core } from './types';

/** A table look-up; false until something is known. Only the tables' own names count, not `constructor`. */
export const allowed = ({ config, api, free }: Core, purpose: string, vendor?: string): boolean => {
  const { consent } = api;
  return !!(
    (!vendor || config.disclosed?.[vendor]?.includes?.(purpose)) &&
    (config.fixed.includes(purpose) ||
      (config.asked.includes(purpose) && (consent ? consent.choices[purpose] && consent.vendors[vendor!] != false : free)))
  );
};
