// The functions the WebAssembly module draws with. It names elements and texts; here they become
// nodes. Text nodes and attributes only: nothing is ever parsed as markup.

import type { Notice } from './context';
import type { Say } from './words';

/** What the functions below need to know of the screen. */
export interface Stage {
  notice: Notice;
  say: Say;
  /** How many entries the visitor's history has. */
  history(): number;
  /** Takes the number of a part in `src/shell.rs`; gives the node to draw it into. */
  begin(part: number): Node;
  remove(part: number): void;
  /** Takes the number of an action in `src/machine.rs`. */
  choose(action: number): void;
}

/** The functions, by the names `src/shell.rs` imports them under. */
export const createDom = ({ notice, say, begin, ...rest }: Stage, memory: () => WebAssembly.Memory) => {
  const { purposes, vendors } = notice;
  let node: Node;
  const text = (at: number, length: number) =>
    new TextDecoder().decode(new Uint8Array(memory().buffer, at, length));
  const set = (name: string, value: string) => (node as Element).setAttribute(name, value);
  const append = (tag: string) => node.appendChild(document.createElement(tag));

  return {
    ...rest,
    begin: (part: number) => {
      node = begin(part);
    },
    open: (tag: number, tagLength: number, name: number, nameLength: number) => {
      node = append(text(tag, tagLength));
      if (nameLength) set('class', text(name, nameLength));
    },
    close: () => {
      node = node.parentNode!;
    },
    attr: (name: number, nameLength: number, value: number, valueLength: number) =>
      set(text(name, nameLength), text(value, valueLength)),
    attr_text: (name: number, nameLength: number, key: number, keyLength: number) =>
      set(text(name, nameLength), say(0, 0, text(key, keyLength))),
    say: (source: number, index: number, key: number, keyLength: number) => {
      node.appendChild(document.createTextNode(say(source, index, text(key, keyLength))));
    },
    has: (source: number, index: number, key: number, keyLength: number) => !!say(source, index, text(key, keyLength)),
    link: (source: number, index: number, key: number, keyLength: number) => {
      const address = say(source, index, text(key, keyLength));
      if (/^https?:/.test(address)) set('href', address);
      set('target', '_blank');
    },
    toggle: (purpose: number, vendor: number) => {
      const input = append('input') as HTMLInputElement;
      input.type = 'checkbox';
      input.role = 'switch';
      input.name = purpose + '.' + vendor;
      if (vendor < 0) input.dataset.ouinonPurpose = purposes[purpose].key;
      else input.dataset.ouinonVendor = vendors[vendor].key;
    },
    vendor_of: (purpose: number, place: number) =>
      vendors.findIndex(({ key }) => key == purposes[purpose].vendors[place]),
  };
};
