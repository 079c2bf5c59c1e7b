// What stands in the place of frames, films and the like that are held back. The loader fetches
// this only on a page that has one; a placeholder that goes leaves the element as it was.

import { scripts } from '../loader/gate';
import type { Core, Widget } from '../loader/types';
import type { Notice } from '../widget/context';
import { wholeNotice } from '../widget/details';
import { gestureOf } from '../widget/gesture';
import { draw, type Act } from './draw';
import { covered, hide, reveal, shown } from './fit';

const NAME = 'ouinon-placeholder';

/** Those that are held and have no room in the page yet. */
const watched = new Set<HTMLElement>();
/** Which scripts may start for what was loaded once. */
let wanted: ((script: HTMLElement) => boolean)[] = [];

/** The page's one widget, which keeps choices. */
let widget: Widget;
let begun: Promise<void> | undefined;
let observer: ResizeObserver | undefined;
let notice: Notice;

/** What `held.js` exports. */
export interface HeldModule {
  placeholders: typeof placeholders;
}

/** Called after each look over the page. */
export const placeholders = async (core: Core, keeps: Widget): Promise<void> => {
  widget = keeps;
  await (begun ||= begin(core).catch((error) => {
    // Not with every change of the page.
    setTimeout(() => (begun = undefined), 10_000);
    throw error;
  }));
  review(core);
  if (!observer) return;
  const found = [...document.querySelectorAll<HTMLElement>('[data-purpose]:not(script)')];
  const fresh = found.filter((element) => held(core, element) && !covered.has(element) && !watched.has(element));
  for (const element of fresh) {
    watched.add(element);
    observer.observe(element);
  }
  look(core, fresh);
};

/** To be had by a yes: a purpose that is asked for, a vendor that is disclosed under it. */
const held = ({ api, config }: Core, { dataset }: HTMLElement): boolean => {
  const { purpose, vendor, once, placeholder } = dataset;
  return (
    once == null &&
    placeholder != 'none' &&
    config.asked.includes(purpose!) &&
    (!vendor || !!config.disclosed?.[vendor]?.includes?.(purpose!)) &&
    !api.allowed(purpose!, vendor)
  );
};

const begin = async (core: Core): Promise<void> => {
  notice = await wholeNotice(core.about);
  // Published before these words existed.
  if (!notice.texts.held_once) return;
  // Tells when an element that was hidden is shown.
  observer = new ResizeObserver((entries) => look(core, entries.map(({ target }) => target as HTMLElement)));
  // Single-page applications take away what they no longer show.
  new MutationObserver(() => review(core)).observe(document, {
    childList: true,
    subtree: true,
    attributeFilter: ['data-src'],
  });
  core.api.on('change', () => {
    wanted = [];
    document.querySelectorAll<HTMLElement>('[data-once]').forEach((element) => takeBack(core, element));
    review(core);
  });
};

/** Puts placeholders where there is a place for them. */
const look = (core: Core, elements: HTMLElement[]): void => {
  const waiting = elements.filter((element) => {
    const waits = watched.has(element) && element.isConnected && held(core, element);
    if (!waits) unwatch(element);
    return waits;
  });
  const places = shown(waiting);
  places.forEach(unwatch);
  hide(new Map(places.map((element) => [element, placeholder(core, element)])));
};

const unwatch = (element: HTMLElement): void => {
  observer!.unobserve(element);
  watched.delete(element);
};

/** Whoever may load now, or is elsewhere, needs this place no longer. */
const review = (core: Core): void => {
  for (const [element, { host }] of covered)
    if (element.previousElementSibling != host || !element.isConnected || !held(core, element)) uncover(element);
  // A page that keeps, or copies, what it took away brings some back that stand for nothing any more.
  const standing = new Set<Element>([...covered.values()].map(({ host }) => host));
  for (const stray of document.querySelectorAll(NAME))
    if (!standing.has(stray)) {
      const element = stray.nextElementSibling as HTMLElement | null;
      stray.remove();
      if (element?.dataset.purpose && !covered.has(element)) element.style.removeProperty('display');
    }
};

const uncover = (element: HTMLElement): void => {
  const focused = document.activeElement == covered.get(element)!.host;
  reveal(element);
  if (focused) focus(element);
};

const placeholder = (core: Core, element: HTMLElement): HTMLElement => {
  const host = document.createElement(NAME);
  let saving: Promise<unknown> | undefined;
  const act: Act = (always, event) => {
    if (!always) load(core, element);
    // A second click says nothing more; after a failure it tries again.
    else saving ||= allow(core, element, event).catch(() => {}).finally(() => (saving = undefined));
  };
  draw(host, notice, element, act);
  return host;
};

/** For this element and this view of the page; nothing is recorded. */
const load = (core: Core, element: HTMLElement): void => {
  const { dataset } = element;
  const { src, vendor, purpose } = dataset;
  // Out of the gate's sight.
  dataset.once = src || '';
  delete dataset.src;
  if (src) (element as HTMLIFrameElement).src = src;
  else {
    wanted.push(
      (script) =>
        element.contains(script) ||
        element.nextElementSibling == script ||
        (!!vendor && script.dataset.vendor == vendor && script.dataset.purpose == purpose),
    );
    // All of them: one may still wait for a script of another.
    scripts((script) => wanted.some((belongs) => belongs(script)), core.config.strict);
    // A vendor's script works on all that is its own.
    if (vendor)
      for (const other of covered.keys())
        if (!other.dataset.src && other.dataset.vendor == vendor && other.dataset.purpose == purpose) other.dataset.once = '';
  }
  review(core);
};

/** What was said since is newer than the wish to see this once. */
const takeBack = ({ api }: Core, element: HTMLElement): void => {
  const { dataset } = element;
  const { once } = dataset;
  const allowed = api.allowed(dataset.purpose!, dataset.vendor);
  // A script that ran is there until the next page.
  if (!once) return;
  if (!allowed) (element as HTMLIFrameElement).src = 'about:blank';
  dataset.src = once;
  delete dataset.once;
};

/** A choice like any other: this purpose, and whatever else holds already. */
const allow = async (core: Core, { dataset }: HTMLElement, event: Event): Promise<void> => {
  const { purpose, vendor } = dataset;
  const vendors = { ...core.api.consent?.vendors };
  delete vendors[vendor!];
  const gesture = gestureOf(event.currentTarget as HTMLElement, event);
  await widget.call('save', { choices: { [purpose!]: true }, vendors }, gesture);
};

/** An element that cannot have the focus gets it this once. */
const focus = (element: HTMLElement): void => {
  if (element.tabIndex < 0 && !element.hasAttribute('tabindex')) {
    element.tabIndex = -1;
    element.addEventListener('blur', () => element.removeAttribute('tabindex'), { once: true });
  }
  element.focus();
};
