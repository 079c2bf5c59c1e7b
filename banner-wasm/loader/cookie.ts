// The two cookies, and the little that localStorage remembers. Reading only: a returning visitor
// writes nothing, so writing lives in the widget.

/** Undefined too where there are several that contradict each other: nobody knows whose word counts. */
export const cookie = (name: string): string | undefined => {
  const [value, other] = new Set(document.cookie.split('; ').filter((pair) => pair.startsWith(name + '=')));
  return other ? undefined : value?.slice(name.length + 1);
};

/**
 * Undefined where storage is blocked or holds no JSON, null where nothing is stored. `tab`: what
 * the hosted page keeps, for its tab only.
 */
export const stored = (key: string, tab?: boolean): any => {
  try {
    return JSON.parse(tab ? sessionStorage.getItem(key)! : localStorage.getItem(key)!);
  } catch {}
};
