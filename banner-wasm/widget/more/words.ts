// The words of the preferences: fields of purposes, vendors and the visitor's history beside the
// notice's texts.

import type { Notice } from '../context';
import type { Screen } from '../screen';
import type { Say } from '../text';

type Fields = Record<string, unknown>;

export const createWords = ({ context, text, values, tools }: Screen, notice: Notice): Say => {
  const { core } = context;
  const { purposes, vendors, controller, language } = notice;
  const list = (names: string[]) => new Intl.ListFormat(language).format(names);
  const date = (time?: string | null, timeStyle?: 'short') =>
    time ? new Intl.DateTimeFormat(language, { dateStyle: 'long', timeStyle }).format(new Date(time)) : '';
  const chosen = (on: boolean) => {
    const said = purposes.filter(({ key, required }) => !required && core.api.consent?.choices[key] == on);
    return list(said.map(({ title }) => title));
  };
  Object.assign(values, {
    given: () => date(core.api.consent?.given_at, 'short'),
    expires: () => date(core.api.consent?.expires_at),
    granted: () => chosen(true),
    denied: () => chosen(false),
  });

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
    if (key == 'pending' && !tools.pending(context).length) return '';
    if (key == 'erase_failed' && context.erased != false) return '';
    if (key == 'record_none' && context.erased) key = 'erased';
    if (key == 'words_url') return `${core.about.base}/notices/${core.api.consent?.notice || core.about.notice}`;
    const value = source ? field(source, index)[key] : text(key);
    return Array.isArray(value) ? list(value) : ((value || '') as string);
  };
};
