// The functions the WebAssembly module draws with. It names elements and texts; here they become
// nodes. Text nodes and attributes only: nothing is ever parsed as markup.

import type { Notice } from './context';
import type { Say, Source } from './words';

/** The parts of the screen, in the order of `Part` in `src/shell.rs`. */
export interface Stage {
  notice: Notice;
  say: Say;
  begin(part: number): Element | ShadowRoot;
  remove(part: number): void;
  choose(action: number): void;
  history(): number;
}

let stage: Stage;
let node: Element | ShadowRoot;

export const enter = (next: Stage): void => {
  stage = next;
};

const current = () => node as HTMLElement;

export const begin = (part: number): void => {
  node = stage.begin(part);
};
export const remove = (part: number): void => stage.remove(part);
export const choose = (action: number): void => stage.choose(action);
export const history = (): number => stage.history();

export const open = (tag: string, name: string): void => {
  const element = document.createElement(tag);
  if (name) element.className = name;
  node.append(element);
  node = element;
};
export const close = (): void => {
  node = (node.parentNode || node) as Element;
};
export const attr = (name: string, value: string): void => current().setAttribute(name, value);
export const attr_text = (name: string, key: string): void => attr(name, stage.say(0, 0, key) || '');

export const say = (source: Source, index: number, key: string): void => node.append(stage.say(source, index, key) || '');
export const has = (source: Source, index: number, key: string): boolean => !!stage.say(source, index, key);

export const link = (source: Source, index: number, key: string): void => {
  const address = stage.say(source, index, key)!;
  if (/^(https?:|mailto:)/.test(address)) attr('href', address);
  attr('target', '_blank');
  attr('rel', 'noopener');
};

/** The switch of a purpose, or (`vendor` not below 0) of a vendor inside it. */
export const toggle = (purpose: number, vendor: number): void => {
  const { purposes, vendors } = stage.notice;
  const input = document.createElement('input');
  input.type = 'checkbox';
  input.setAttribute('role', 'switch');
  input.name = purpose + '.' + vendor;
  if (vendor < 0) input.dataset.ouinonPurpose = purposes[purpose].key;
  else input.dataset.ouinonVendor = vendors[vendor].key;
  node.append(input);
};

/** -1 where the list ends. */
export const vendor_of = (purpose: number, place: number): number => {
  const { purposes, vendors } = stage.notice;
  const key = purposes[purpose].vendors[place];
  return vendors.findIndex((vendor) => vendor.key == key);
};
