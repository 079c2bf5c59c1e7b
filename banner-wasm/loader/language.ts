// In which language: the page's, then the browser's, then the site's own.

import type { Config } from './types';

/** A tag is cut from its end until the site has it, as in `domain/src/language.rs`. */
const find = (languages: Config['languages'], tag: string): string | undefined =>
  tag && (languages[tag] || find(languages, tag.replace(/-?[^-]*$/, '')));

export const pick = ({ languages, language }: Config): string =>
  [document.documentElement.lang, ...navigator.languages]
    .map((tag) => find(languages, tag.toLowerCase()))
    .find(Boolean) || language;
