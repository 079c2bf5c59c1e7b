// What waits on the page, or waited: by which rule, and why it may or may not load now.

import type { Core } from '../loader/types';
import type { Word } from './words';

export interface Found {
  what: string;
  held: boolean;
  purpose?: string;
  vendor?: string;
  rule: Word;
  /** Who the automatic list says it is. */
  from?: string;
  why: Word;
}

/** As other tools mark what waits; the loader reads these where the notice says `markup`. */
const ALIAS = '[data-category],[data-cookieconsent],[class*="optanon-category-"]';

/** The same judgement as the loader's, in words. */
export const reason = ({ config, api, regime, said }: Core, purpose?: string, vendor?: string): Word => {
  const { consent } = api;
  if (!purpose) return 'meaning';
  if (vendor && !config.disclosed?.[vendor]?.includes(purpose)) return 'undisclosed';
  if (config.fixed.includes(purpose)) return 'required';
  if (!config.asked.includes(purpose)) return 'unknown';
  if (consent) return !consent.choices[purpose] ? 'no' : consent.vendors[vendor!] == false ? 'vendor_no' : 'yes';
  if (api.allowed(purpose, vendor)) return 'lawful';
  if (said?.[purpose] == false) return 'imported';
  if (!regime) return 'unplaced';
  return regime.model == 'opt-in' ? 'unasked' : 'gpc';
};

/** Enough of an address to know it by; nothing of its query, which may name people. */
const short = (address: string): string => {
  try {
    const { host, pathname } = new URL(address, location.href);
    return host + pathname;
  } catch {
    return address;
  }
};

const describe = (element: HTMLElement, core: Core): Found | undefined => {
  const { dataset, localName } = element;
  const script = element instanceof HTMLScriptElement;
  const address = dataset.src || dataset.once || element.getAttribute('src') || '';
  const waits = script && element.type == 'text/plain';
  const tracker = core.find?.(address);
  const listed = 'held' in dataset || 'from' in dataset || (!!tracker && !('purpose' in dataset));
  const alias = !!core.marked && (core.marked.has(element) || (element.matches(ALIAS) && (!script || !waits || !dataset.purpose)));
  const purpose = listed ? tracker?.purpose || dataset.purpose : dataset.purpose;
  const vendor = listed ? tracker?.vendor : dataset.vendor;
  // Neither marked nor known; other tools, and pages, use `data-category` for much else.
  if (!purpose && !(alias && (waits || dataset.src || dataset.cookieblockSrc))) return;
  const may = !!purpose && core.api.allowed(purpose, vendor);
  const once = 'once' in dataset;
  const held = !once && (script ? waits : !may);
  return {
    what: `${localName} ${short(address) || (script ? '…' : dataset.purpose || '')}`.trim(),
    held,
    purpose,
    vendor,
    rule: once ? 'once' : listed ? 'automatic' : alias ? 'alias' : 'marked',
    from: tracker?.from || dataset.from,
    why: held && may ? 'order' : reason(core, purpose, vendor),
  };
};

export const found = (core: Core): Found[] => {
  const all = [...document.querySelectorAll<HTMLElement>(`[data-purpose],[data-held],${ALIAS}${core.find ? ',script[src],iframe[src],img[src]' : ''}`)];
  const elements = all.map((element) => describe(element, core)).filter((one) => one !== undefined);
  const requests = [...(core.refused || [])].map(({ purpose, vendor, from }): Found => {
    const held = !core.api.allowed(purpose, vendor);
    return { what: 'fetch, XMLHttpRequest, sendBeacon', held, purpose, vendor, from, rule: 'automatic', why: reason(core, purpose, vendor) };
  });
  return [...elements, ...requests];
};
