// Removing what purposes that are not allowed left behind: cookies on this host and its parents, this
// path and its parents, entries of both storages, databases. What one that is allowed lists by the
// same name stays.

import type { Core } from '../loader/types';
import { wipe } from '../loader/wipe';

/** The names that go and those that stay, as the notice lists them. */
const split = ({ about: { cookies }, api }: Core): { goes: string[]; stays: string[] } => {
  const stays: string[] = [];
  const goes: string[] = [];
  for (const purpose in cookies) (api.allowed(purpose) ? stays : goes).push(...cookies[purpose]);
  return { goes: goes.filter((name) => !stays.includes(name)), stays };
};

/** A pattern of what goes, for the loader's part `cookies`; nothing where nothing does. */
export const gone = (core: Core): string | undefined => {
  const { goes, stays } = split(core);
  const any = (names: string[]) =>
    `(${names.map((name) => name.replace(/[^\w*]/g, '\\$&').replace(/\*$/, '[^;=,]*').replaceAll('*', '\\*')).join('|')})([=,]|$)`;
  return goes[0] && '(^|; |,)' + (stays[0] ? `(?!${any(stays)})` : '') + any(goes);
};

export const sweep = (core: Core): void => {
  const { goes, stays } = split(core);
  if (!goes[0] || core.config.hosted) return;
  const left = (names: string[]) =>
    names.filter(
      (name) => !stays.includes(name) && goes.some((n) => n == name || (n.endsWith('*') && name.startsWith(n.slice(0, -1)))),
    );
  left(document.cookie.split('; ').map((pair) => pair.split('=')[0])).forEach(wipe);
  try {
    for (const area of [localStorage, sessionStorage])
      left(Object.keys(area)).forEach((name) => area.removeItem(name));
    indexedDB
      .databases()
      .then((all) => left(all.map(({ name }) => name!)).forEach((name) => indexedDB.deleteDatabase(name)));
  } catch {}
};
