// The words on the screen: the notice's texts with names, dates and lists filled in.

import type { Context, Notice } from './context';
import { pending } from './outbox';

/** Takes where a text comes from, by its number in `src/view.rs`; '' where there is none. */
export type Say = (source: number, index: number, key: string) => string;

type Fields = Record<string, unknown>;

export const createWords = (context: Context, notice: Notice): Say => {
  const { core } = context;
  const { texts, purposes, vendors, controller, language } = notice;
  const optional = purposes.filter((purpose) => !purpose.required);
  // A name or an address keeps its own direction (U+2068 to U+2069) among words that run the other way.
  const apart = (value: string) => (value && notice.dir == 'rtl' ? `\u2068${value}\u2069` : value);
  const list = (names: string[]) => new Intl.ListFormat(language).format(names);
  const date = (time?: string | null, timeStyle?: 'short') =>
    time ? new Intl.DateTimeFormat(language, { dateStyle: 'long', timeStyle }).format(new Date(time)) : '';
  const chosen = (on: boolean) =>
    list(optional.filter(({ key }) => core.api.consent?.choices[key] == on).map(({ title }) => title));

  const values: Record<string, () => string> = {
    controller: () => controller.name || location.hostname,
    purposes: () => list(optional.map(({ title }) => title)),
    given: () => date(core.api.consent?.given_at, 'short'),
    expires: () => date(core.api.consent?.expires_at),
    granted: () => chosen(true),
    denied: () => chosen(false),
  };
  const text = (key: string, count = vendors.length): string => {
    // Where nothing has to be asked first, some words differ.
    let empty = false;
    const filled = (texts[`${key}_${core.regime?.model}`] || texts[key] || '').replace(/{(\w+)}/g, (_, name) => {
      const value = name == 'count' ? `${count}` : values[name]?.() || '';
      empty ||= !value;
      return apart(value);
    });
    return empty ? '' : filled;
  };

  const field = (source: number, index: number): Fields => {
    if (source == 1) {
      const { vendors, legal_basis, data_categories } = purposes[index];
      return {
        ...purposes[index],
        legal_basis: text('basis_' + legal_basis) || legal_basis,
        data_categories: data_categories.map((data) => text('data_' + data) || data),
        summary: text(vendors.length ? 'details_partners' : 'details', vendors.length),
      };
    }
    if (source == 2) {
      const { country, safeguard } = vendors[index] || {};
      const name = country && new Intl.DisplayNames(language, { type: 'region' }).of(country);
      return { ...vendors[index], place: [name, safeguard].filter(Boolean).join(' · ') };
    }
    if (source == 4) return controller;
    const { given_at, action } = context.history[index];
    return { given: date(given_at, 'short'), action: text('action_' + action) };
  };

  return (source, index, key) => {
    if (key == 'gpc' && !navigator.globalPrivacyControl) return '';
    // The signal is an answer where the law says so, until the visitor gives another.
    if (key == 'gpc' && (!core.regime?.gpc_honoured || chosen(true))) key = 'gpc_noted';
    if (key == 'pending' && !pending(context).length) return '';
    if (key == 'erase_failed' && context.erased != false) return '';
    if (key == 'record_none' && context.erased) key = 'erased';
    if (key == 'words_url') return `${core.config.base}/notices/${core.api.consent?.notice || notice.notice}`;
    const value = source ? field(source, index)[key] : text(key);
    return Array.isArray(value) ? list(value) : ((value || '') as string);
  };
};
