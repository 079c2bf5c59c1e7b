// The functions the WebAssembly module draws with. It names elements and texts; here they become
// nodes. Text nodes and attributes only: nothing is ever parsed as markup.

import type { Notice } from './context';
import type { Screen } from './screen';

/** What the module decides about the screen. */
export interface Stage {
  remove(part: number): void;
  /** Takes the number of an action in `src/machine.rs`. */
  choose(action: number): void;
}

/** The functions, by the names `src/shell.rs` imports them under. */
export const createDom = (screen: () => Screen, stage: Stage) => {
  let node: Node;
  const decoder = new TextDecoder();
  const text = (at: number, length: number) =>
    decoder.decode(new Uint8Array(screen().wasm.memory.buffer, at, length));
  const set = (name: string, value: string) => (node as Element).setAttribute(name, value);
  const append = (tag: string) => node.appendChild(document.createElement(tag));

  return {
    ...stage,
    /** Takes the number of a part. */
    begin: (part: number) => {
      node = screen().parts[part]();
    },
    /** How many entries the visitor's history has. */
    history: () => screen().context.history.length,
    open: (tag: number, tagLength: number, name: number, nameLength: number) => {
      node = append(text(tag, tagLength));
      // What the style of the banner can reach, the page's can: `::part(half)` is both answers.
      if (nameLength) for (const own of ['class', 'part']) set(own, text(name, nameLength));
    },
    close: () => {
      node = node.parentNode!;
    },
    attr: (name: number, nameLength: number, value: number, valueLength: number) =>
      set(text(name, nameLength), text(value, valueLength)),
    attr_text: (name: number, nameLength: number, key: number, keyLength: number) =>
      set(text(name, nameLength), screen().say(0, 0, text(key, keyLength))),
    say: (source: number, index: number, key: number, keyLength: number) => {
      node.appendChild(document.createTextNode(screen().say(source, index, text(key, keyLength))));
    },
    has: (source: number, index: number, key: number, keyLength: number) => !!screen().say(source, index, text(key, keyLength)),
    link: (source: number, index: number, key: number, keyLength: number) => {
      const address = screen().say(source, index, text(key, keyLength));
      if (/^https?:/.test(address)) set('href', address);
      set('target', '_blank');
    },
    toggle: (purpose: number, vendor: number) => {
      const input = append('input') as HTMLInputElement;
      input.type = 'checkbox';
      input.role = 'switch';
      input.name = purpose + '.' + vendor;
      if (vendor < 0) input.dataset.ouinonPurpose = screen().notice.purposes[purpose].key;
      else input.dataset.ouinonVendor = screen().notice.vendors![vendor].key;
    },
    vendor_of: (purpose: number, place: number) => {
      const { purposes, vendors } = screen().notice as Notice;
      return vendors.findIndex(({ key }) => key == purposes[purpose].vendors[place]);
    },
  };
};
