// Automatic mode: holds known third parties back by their host, without any markup, until their
// purpose is allowed. Only sites that turned it on are served this; the server puts it before the
// loader, in the same file, and the tag has to stand first in `<head>` without `async`. What it
// cannot see is in docs/WIDGET.md. Hosts and purposes: `trackers.json`, and the site's own.

import { vendors } from './trackers.json';
import type { Signals, Tracker } from './types';

declare const SIGNALS: Signals;

/** The JSON the server puts in place of `__OUINON_AUTOMATIC__`. */
interface Settings {
  /** The site's word on a host: a purpose, or null where it is left alone. */
  hosts: Record<string, string | null>;
  /** The vendors the notice discloses, and for what. */
  vendors: Record<string, string[]>;
}
declare const __OUINON_AUTOMATIC__: Settings;

type Loading = HTMLScriptElement | HTMLIFrameElement | HTMLImageElement;

const LOADING = 'script[src],iframe[src],img[src]';
/** A tag, what stands before its address, the address, what stands after it. */
const TAG =
  /<(script|iframe|img)(?=[\s/])((?:"[^"]*"|'[^']*'|[^>"'])*?)(?<=[\s/"'])src\s*=\s*("[^"]*"|'[^']*'|[^\s>"']+)((?:"[^"]*"|'[^']*'|[^>"'])*)/gi;
/** What holds no elements, whatever its text looks like. */
const RAW = /^(script|style|textarea|title)$/;

const automatic = (settings: Settings): void => {
  const trackers = new Map<string, Tracker | null>();
  for (const [from, purposes] of Object.entries(vendors as Record<string, Record<string, string>>))
    for (const purpose in purposes) {
      const key = from.toLowerCase().replace(/[^a-z0-9]+/g, '-');
      const vendor = settings.vendors[key]?.includes(purpose) ? key : undefined;
      for (const host of purposes[purpose].split(' ')) trackers.set(host, { purpose, vendor, from });
    }
  for (const host in settings.hosts) {
    const purpose = settings.hosts[host];
    trackers.set(host, purpose ? { purpose, from: trackers.get(host)?.from || host } : null);
  }

  const find = (address: unknown): Tracker | null | undefined => {
    let host = '';
    try {
      // Its name may end in a dot, and is the same.
      host = new URL(`${address}`, document.baseURI).hostname.replace(/\.$/, '');
    } catch {}
    // Cut from its front until it is known; the site itself is nobody else.
    for (; host && host != location.hostname; host = host.replace(/^[^.]*\.?/, '')) {
      const tracker = trackers.get(host);
      if (tracker !== undefined) return tracker;
    }
  };
  const may = ({ purpose, vendor }: Tracker) => !!window.ouinon?.allowed?.(purpose, vendor);
  const blocked = (address: unknown): boolean => {
    const tracker = find(address);
    return !!tracker && !may(tracker);
  };

  /** Those whose requests failed here, for whoever looks at the page with `?ouinon=debug`. */
  const refused = new Set<Tracker>();
  const refuse = (address: unknown): boolean => {
    const held = blocked(address);
    if (held) refused.add(find(address)!);
    return held;
  };
  SIGNALS.push((core) => Object.assign(core, { find, refused }));

  /** Held scripts in order, and whether the parser brought them; their own type is in `data-held`. */
  const held = new Map<HTMLScriptElement, boolean>();

  const set = Element.prototype.setAttribute;
  /** Marks frames, so that the loader takes and gives them; true where the element may not load now. */
  const stop = (element: Loading, address: string, parsed = false): boolean => {
    const { dataset } = element;
    const tracker = find(address);
    // What the page itself marked, or its visitor loads once, is the loader's alone.
    if ('once' in dataset || ('purpose' in dataset && !('from' in dataset))) return false;
    if (!tracker) {
      // Our marks were about another address, unless it is the loader that blanks it.
      if ('from' in dataset && (address != 'about:blank' || may(dataset as unknown as Tracker)))
        for (const mark of ['purpose', 'vendor', 'from', 'src']) delete dataset[mark];
      return false;
    }
    const may_not = !may(tracker);
    if (element instanceof HTMLScriptElement) {
      // Copies, and those a text brought before their purpose was allowed, are marked already.
      if (!held.has(element) && (may_not || 'held' in dataset)) {
        held.set(element, parsed);
        dataset.held ??= element.type;
        set.call(element, 'type', 'text/plain');
      }
      if (!may_not && held.has(element)) queueMicrotask(release);
    } else if (may_not || element instanceof HTMLIFrameElement) {
      dataset.purpose = tracker.purpose;
      if (tracker.vendor) dataset.vendor = tracker.vendor;
      dataset.from = tracker.from;
      dataset.src = address;
    }
    return may_not;
  };
  /** Looks at an element that is about to be in the page, or that the parser has just put there. */
  const look = (element: Loading, parsed?: boolean): void => {
    const address = element.getAttribute('src')!;
    if (!stop(element, address, parsed) || element instanceof HTMLScriptElement) return;
    // A frame on its way is called back by another address only.
    if (parsed && element instanceof HTMLIFrameElement) element.src = 'about:blank';
    else element.removeAttribute('src');
  };
  const within = (node: unknown, parsed?: boolean): void => {
    if (!(node instanceof Element || node instanceof DocumentFragment)) return;
    if (node instanceof Element && node.matches(LOADING)) look(node as Loading, parsed);
    if (node.firstElementChild) node.querySelectorAll<Loading>(LOADING).forEach((element) => look(element, parsed));
  };

  /** The same in a text that is about to become elements. */
  const rewrite = (html: string): string =>
    html.replace(TAG, (tag, name: string, before: string, quoted: string, after: string) => {
      const tracker = find(quoted.replace(/^["']|["']$/g, '').replace(/&amp;/g, '&'));
      const others = before + after;
      if (!tracker || may(tracker) || /\sdata-purpose\b/.test(others)) return tag;
      // Of two attributes with one name the first counts.
      if (/^s/i.test(name)) {
        const [, type = ''] = /\stype\s*=\s*["']?([^\s"'>]*)/i.exec(others) || [];
        return `<script type="text/plain" data-held="${type}"${before} src=${quoted}${after}`;
      }
      const { purpose, vendor, from } = tracker;
      const marks = `data-purpose="${purpose}" data-from="${from}"` + (vendor ? ` data-vendor="${vendor}"` : '');
      return `<${name} ${marks}${before} data-src=${quoted}${after}`;
    });
  const safe = (html: unknown): any => (typeof html == 'string' ? rewrite(html) : html);

  /** Runs `before` on the arguments of a method; what it gives takes their place. */
  const wrap = (owner: any, names: string, before: (self: any, args: any[]) => any[] | void): void => {
    for (const name of names.split(' ')) {
      const native = owner[name];
      if (native)
        owner[name] = function (...args: any[]) {
          return native.apply(this, before(this, args) || args);
        };
    }
  };
  /** The same for a property that is written; where nothing is given it is not. */
  const guard = (owner: any, name: string, before: (self: any, value: any) => [any] | undefined): void => {
    const { get, set, ...rest } = Object.getOwnPropertyDescriptor(owner, name)!;
    Object.defineProperty(owner, name, {
      ...rest,
      get,
      set(value) {
        const given = before(this, value);
        if (given) set!.call(this, given[0]);
      },
    });
  };

  const inserted = (self: Node, args: unknown[]) => {
    if (self.isConnected) args.forEach((node) => within(node));
  };
  wrap(Node.prototype, 'appendChild insertBefore replaceChild', inserted);
  for (const { prototype } of [Element, Document, DocumentFragment]) wrap(prototype, 'append prepend replaceChildren', inserted);
  for (const { prototype } of [Element, CharacterData, DocumentType]) wrap(prototype, 'before after replaceWith', inserted);
  wrap(Element.prototype, 'insertAdjacentElement', inserted);
  wrap(Element.prototype, 'insertAdjacentHTML', (_, [place, html]) => [place, safe(html)]);
  wrap(Range.prototype, 'insertNode', (_, [node]) => within(node));
  wrap(Range.prototype, 'createContextualFragment', (_, [html]) => [safe(html)]);
  wrap(Document.prototype, 'write writeln', (_, texts) => texts.map(safe));
  for (const { prototype } of [Element, ShadowRoot]) {
    wrap(prototype, 'setHTMLUnsafe', (_, [html, ...rest]) => [safe(html), ...rest]);
    guard(prototype, 'innerHTML', ({ localName }, html) => [RAW.test(localName) ? html : safe(html)]);
  }
  guard(Element.prototype, 'outerHTML', (_, html) => [safe(html)]);

  // A picture loads wherever it is; the others once they are in the page.
  const addressed = (element: Loading, address: string): boolean =>
    (element.isConnected || element instanceof HTMLImageElement) &&
    stop(element, address) &&
    !(element instanceof HTMLScriptElement);
  for (const { prototype } of [HTMLScriptElement, HTMLIFrameElement, HTMLImageElement]) {
    guard(prototype, 'src', (self, address) => (addressed(self, address) ? undefined : [address]));
    prototype.setAttribute = function (...args) {
      if (!/^src$/i.test(args[0]) || !addressed(this as Loading, args[1])) set.apply(this, args);
    };
  }

  const { fetch } = window;
  window.fetch = (input, init) =>
    refuse(input instanceof Request ? input.url : input)
      ? Promise.reject(new TypeError('Held back until its purpose is allowed (Ouinon)'))
      : fetch(input, init);
  const { sendBeacon } = Navigator.prototype;
  Navigator.prototype.sendBeacon = function (address, data) {
    return !refuse(address) && sendBeacon.call(this, address, data);
  };
  const { open, send } = XMLHttpRequest.prototype;
  const addresses = new WeakMap<XMLHttpRequest, unknown>();
  XMLHttpRequest.prototype.open = function (...args: any[]) {
    addresses.set(this, args[1]);
    return open.apply(this, args as any);
  };
  XMLHttpRequest.prototype.send = function (body) {
    if (!refuse(addresses.get(this))) return send.call(this, body);
    // As where the network is gone.
    setTimeout(() => ['error', 'loadend'].forEach((name) => this.dispatchEvent(new ProgressEvent(name))));
  };

  const release = (): void => {
    for (const [script, parsed] of held) {
      const { parentNode, nextSibling } = script;
      if (blocked(script.src) || !parentNode) continue;
      held.delete(script);
      const type = script.dataset.held;
      delete script.dataset.held;
      if (type) script.type = type;
      else script.removeAttribute('type');
      // The parser would have kept their order.
      if (parsed && !script.hasAttribute('async')) script.async = false;
      // The same element, with whatever listens to it: it starts once it comes into the page.
      parentNode.insertBefore(script, nextSibling);
    }
  };
  for (const event of ['ready', 'change']) document.addEventListener('ouinon:' + event, release);

  // The parser lets observers run before it starts a script.
  new MutationObserver((records) => {
    for (const { addedNodes } of records) addedNodes.forEach((node) => within(node, true));
  }).observe(document, { childList: true, subtree: true });
  document.querySelectorAll<Loading>('iframe[src]').forEach((frame) => look(frame, true));
};

automatic(__OUINON_AUTOMATIC__);
