// The two cookies, and the little that localStorage remembers. Reading only: a returning visitor
// writes nothing, so writing lives in the widget.

export const cookie = (name: string): string | undefined =>
  document.cookie.split('; ').find((pair) => pair.startsWith(name + '='))?.slice(name.length + 1);

/** Undefined where storage is blocked, null where nothing is stored. */
export const stored = (key: string): string | null | undefined => {
  try {
    return localStorage.getItem(key);
  } catch {}
};
