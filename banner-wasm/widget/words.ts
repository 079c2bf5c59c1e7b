// The words on the screen: the notice's texts with names, dates and lists filled in.

import type { Consent } from '../loader/types';
import type { Context, Notice } from './context';

/** Where a text comes from, in the order of `Source` in `src/view.rs`. */
export const enum Source {
  Text,
  Purpose,
  Vendor,
  History,
  Controller,
}

export type Say = (source: Source, index: number, key: string) => string | undefined;

export const createWords = (context: Context, notice: Notice): Say => {
  const { core } = context;
  const { texts, purposes, vendors, language } = notice;
  const optional = purposes.filter((purpose) => !purpose.required);
  const list = (names: string[]) => new Intl.ListFormat(language, { style: 'long' }).format(names);
  const date = (time: string | null, timeStyle?: 'short') =>
    time ? new Intl.DateTimeFormat(language, { dateStyle: 'long', timeStyle }).format(new Date(time)) : '';
  const chosen = (consent: Consent | null, on: boolean) =>
    list(optional.filter(({ key }) => !!consent?.choices[key] == on).map(({ title }) => title));

  const values: Record<string, (consent: Consent | null) => string> = {
    controller: () => notice.controller.name || location.hostname,
    purposes: () => list(optional.map(({ title }) => title)),
    count: () => `${vendors.length}`,
    given: (consent) => date(consent!.given_at, 'short'),
    expires: (consent) => date(consent!.expires_at),
    granted: (consent) => chosen(consent, true),
    denied: (consent) => chosen(consent, false),
  };
  const fill = (text: string, more: Record<string, string> = {}) =>
    text.replace(/{(\w+)}/g, (_, name: string) => more[name] ?? values[name]?.(core.api.consent) ?? '');

  const text = (key: string): string | undefined => {
    const { consent } = core.api;
    if (key == 'words_url') return `${core.config.base}/notices/${consent?.notice || notice.notice}`;
    if (key == 'record_granted' && !chosen(consent, true)) return;
    if (key == 'record_denied' && !chosen(consent, false)) return;
    // Where nothing has to be asked first, some words differ.
    const model = core.regime?.model;
    return fill((model != 'opt-in' && texts[key + '_' + model]) || texts[key] || '');
  };

  const purpose = (index: number, key: string): string | undefined => {
    const found = purposes[index];
    if (key == 'summary')
      return fill(found.vendors.length ? texts.details_partners : texts.details, { count: `${found.vendors.length}` });
    const value = (found as never as Record<string, string | string[]>)[key];
    if (key == 'legal_basis') return texts['basis_' + found.legal_basis] || found.legal_basis;
    return Array.isArray(value) ? list(value) : value;
  };

  const vendor = (index: number, key: string): string | undefined => {
    const found = vendors[index];
    if (key != 'place') return (found as never as Record<string, string>)?.[key];
    const country = found.country && new Intl.DisplayNames(language, { type: 'region' }).of(found.country);
    return [country, found.safeguard].filter(Boolean).join(' · ');
  };

  const entry = (index: number, key: string): string | undefined => {
    const found = context.history[index];
    return key == 'given' ? date(found.given_at, 'short') : texts['action_' + found.action];
  };

  return (source, index, key) =>
    [() => text(key), () => purpose(index, key), () => vendor(index, key), () => entry(index, key), () => notice.controller[key] || undefined][
      source
    ]();
};
