// Elements marked for another tool, so that a site that moves in changes one script tag:
// `data-category` (vanilla-cookieconsent), `data-cookieconsent` (Cookiebot) and the class
// `optanon-category-C0002` (OneTrust) become `data-purpose` before the gate looks. Only sites whose
// notice says `markup` are served this. What carries `data-purpose` goes by that alone.

import type { Signals } from './types';

declare const SIGNALS: Signals;
/** The JSON the server puts in place of `__OUINON_MARKUP__`: categories, in lower case, to purposes. */
declare const __OUINON_MARKUP__: Record<string, string[]>;

// Only what waits: other tools, and pages, use `data-category` for much else.
const MARKED =
  ':is(script[type="text/plain"],[data-src],[data-cookieblock-src]):is([data-category],[data-cookieconsent],[class*="optanon-category-"])';

const ours = new Map(Object.entries(__OUINON_MARKUP__));
/** The purposes of the elements marked here. */
const marked = new WeakMap<HTMLElement, string[]>();

/** All it was marked with, or nothing where one category is unknown: then it goes on waiting. */
const purposesOf = ({ dataset, className }: HTMLElement): string[] | undefined => {
  const [, groups] = /optanon-category-([\w-]+)/.exec(className) || [];
  const names = dataset.cookieconsent || dataset.category || groups.replaceAll('-', ',');
  const found = names.split(',').map((name) => ours.get(name.trim().toLowerCase()));
  return found.every(Boolean) ? (found.flat() as string[]) : undefined;
};

const mark = (element: HTMLElement): void => {
  const { dataset } = element;
  const purposes = marked.get(element) || ('purpose' in dataset ? undefined : purposesOf(element));
  if (!purposes) return;
  marked.set(element, purposes);
  // It waits for one after the other.
  dataset.purpose = purposes.find((purpose) => !window.ouinon?.allowed?.(purpose)) || purposes[0];
  if (dataset.cookieblockSrc) dataset.src = dataset.cookieblockSrc;
  if (dataset.src && element instanceof HTMLScriptElement && !element.src) element.src = dataset.src;
};

const within = (node: ParentNode): void => node.querySelectorAll<HTMLElement>(MARKED).forEach(mark);

within(document);
// In the turn in which elements come, before the loader's own look at them.
new MutationObserver((records) => {
  for (const { addedNodes } of records)
    addedNodes.forEach((node) => {
      if (!(node instanceof HTMLElement)) return;
      if (node.matches(MARKED)) mark(node);
      if (node.firstElementChild) within(node);
    });
}).observe(document, { childList: true, subtree: true });
SIGNALS.push((core) => {
  core.marked = marked;
  within(document);
});
