// The small control's words: the page's language, then the browser's, then the site's own. Only sites
// where they are not the usual ones are served this, in place of those (`__OUINON_LABEL__`).

/** `labels`: the tags the site answers, lower case, each with the words of its language; `usual`: the site's own. */
export default (labels: Record<string, string>, usual: string): string => {
  // A tag is cut from its end until the site has it, as in `domain/src/language.rs`.
  const find = (tag: string): string | undefined => tag && (labels[tag] || find(tag.replace(/-?[^-]*$/, '')));
  return [document.documentElement.lang, ...navigator.languages].map((tag) => find(tag.toLowerCase())).find(Boolean) || usual;
};
