// The place of an element: its placeholder lies where it lay, as large as it was, and grows only
// where the words need more. Many are measured at once: a page is laid out for all of them, not for each.

/** What places a box among others, whatever lays the page out. */
const PLACE =
  'position inset float clear margin max-width flex order align-self justify-self grid-area z-index vertical-align border-radius aspect-ratio';

/** Smaller ones, such as a pixel, have no place to say anything in. */
const [WIDTH, HEIGHT] = [80, 16];

/** A length in pixels as it stands in a computed style; a share is one of something. */
const pixels = (length: string): number => (length.endsWith('%') ? Infinity : parseFloat(length) || 0);

/** What takes an element out of the page's layout, and what brings it back as it was. */
interface Switch {
  none(): void;
  show(): void;
}

/** The elements whose place is covered. */
export const covered = new Map<HTMLElement, Switch & { host: HTMLElement }>();

addEventListener('resize', () => fit([...covered.keys()]));

/** Puts a placeholder in each element's place. */
export const hide = (hosts: Map<HTMLElement, HTMLElement>): void => {
  for (const [element, host] of hosts) {
    covered.set(element, { host, ...switches(element) });
    element.before(host);
  }
  fit([...hosts.keys()]);
};

/** Undoes it. */
export const reveal = (element: HTMLElement): void => {
  const { host, show } = covered.get(element)!;
  covered.delete(element);
  host.remove();
  show();
};

/** Those with room in the page for something to stand in. */
export const shown = (elements: HTMLElement[]): HTMLElement[] => {
  const rooms = elements.map((element) => {
    const { width, height } = element.getBoundingClientRect();
    // One that embeds nothing has no box at all.
    const box = element.localName == 'embed' ? element.parentElement! : element;
    return { width, height, boxes: box.getClientRects().length };
  });
  const all = elements.map(switches);
  for (const { none } of all) none();
  const asked = elements.map((element) => {
    const { width, height } = getComputedStyle(element);
    return { width: pixels(width), height: pixels(height) };
  });
  for (const { show } of all) show();
  return elements.filter((_, at) => {
    const { width, height, boxes } = rooms[at];
    return boxes && Math.max(width, asked[at].width) >= WIDTH && Math.max(height, asked[at].height) >= HEIGHT;
  });
};

const fit = (elements: HTMLElement[]): void => {
  const places = elements.map((element) => ({ element, ...covered.get(element)! }));
  // Measured without the placeholders, all in one go: nothing of it is ever painted.
  for (const { host, show } of places) {
    host.style.setProperty('display', 'none', 'important');
    show();
  }
  const sizes = elements.map((element) => ({ size: element.getBoundingClientRect(), display: getComputedStyle(element).display }));
  for (const { none } of places) none();
  const all = elements.map(wishes);
  for (const [at, { host }] of places.entries()) place(host, all[at], sizes[at].size, sizes[at].display);
};

/** Of an element without a box it tells what was asked for, such as 100 %. */
const wishes = (element: HTMLElement): Record<string, string> => {
  const asked = getComputedStyle(element);
  return Object.fromEntries(`${PLACE} width height`.split(' ').map((name) => [name, asked.getPropertyValue(name)]));
};

const switches = (element: HTMLElement): Switch => {
  const { style } = element;
  const display = style.getPropertyValue('display');
  const priority = style.getPropertyPriority('display');
  const styled = element.hasAttribute('style');
  return {
    none: () => style.setProperty('display', 'none', 'important'),
    show: () => {
      style.setProperty('display', display, priority);
      // Asking first: Chromium forgets to remove one that it has not written yet.
      if (!styled && element.hasAttribute('style')) element.removeAttribute('style');
    },
  };
};

const place = ({ style }: HTMLElement, asked: Record<string, string>, { width, height }: DOMRect, display: string): void => {
  for (const name of PLACE.split(' ')) style.setProperty(name, asked[name]);
  if (asked['border-radius'] == '0px') style.borderRadius = '';
  // Words that stick out of a telephone are read by nobody, whatever the frame does.
  if (asked['max-width'] == 'none') style.maxWidth = '100%';
  style.display = display.startsWith('inline') ? 'inline-grid' : 'grid';
  const share = (length: string) => /%/.test(length);
  // Without anything in them some take less than they ask for.
  style.width = share(asked.width) ? asked.width : `${Math.max(width, pixels(asked.width))}px`;
  // A height that follows from the width, or from what is around, goes on doing so.
  const follows = asked.height == 'auto' && asked['aspect-ratio'] != 'auto';
  if (share(asked.height)) style.height = asked.height;
  else if (!follows) style.minHeight = `${Math.max(height, pixels(asked.height))}px`;
};
