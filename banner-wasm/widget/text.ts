// The texts of a notice, with names, dates and lists filled in.

import { cookie } from '../loader/cookie';
import type { Context } from './context';
import type { FirstLayer } from './first-layer';

/** A text by its name; '' where there is none, or where something it names is missing. */
export type Text = (key: string, count?: number) => string;

/** Takes where a text comes from, by its number in `src/view.rs`; '' where there is none. */
export type Say = (source: number, index: number, key: string) => string;

/** What stands between braces, by name. */
export type Values = Record<string, () => string>;

// `Intl.ListFormat` says it better and takes 20 ms to load its data, before the banner is seen.
const COMMAS: Record<string, string> = { ar: '، ', ja: '、', zh: '、' };

/** `added`: values that more texts need, by whoever has them. */
export const createText = ({ core }: Context, now: () => FirstLayer, added: Values): Text => {
  const { api } = core;
  const titles = (asked: (key: string) => unknown) => {
    const optional = now().purposes.filter(({ key, required }) => !required && asked(key));
    return optional.map(({ title }) => title).join(COMMAS[now().language.slice(0, 2)] || ', ');
  };
  const values: Values = {
    controller: () => now().controller.name || location.hostname,
    purposes: () => titles(() => true),
    // Since the last choice: never asked, or more than what was allowed.
    new: () => {
      const said = `!${cookie('ouinon')?.split('.')[5]}!`;
      return api.consent ? titles((key) => !said.includes(`!${key}:0!`) && !api.allowed(key)) : '';
    },
  };
  return (key, count = Object.keys(core.config.disclosed || {}).length) => {
    const { texts, dir } = now();
    let empty = false;
    // Where nothing has to be asked first, some words differ.
    const filled = (texts[`${key}_${core.regime?.model}`] || texts[key] || '').replace(/{(\w+)}/g, (_, name) => {
      const value = name == 'count' ? `${count}` : (added[name] || values[name])?.() || '';
      empty ||= !value;
      // A name or an address keeps its own direction (U+2068 to U+2069) among words that run the other way.
      return value && dir == 'rtl' ? `\u2068${value}\u2069` : value;
    });
    return empty ? '' : filled;
  };
};
