// One cookie by its name, for whatever is loaded when it is needed.

/** Undefined too where there are several that contradict each other: nobody knows whose word counts. */
export const cookie = (name: string): string | undefined => {
  const [value, other] = new Set(document.cookie.split('; ').filter((pair) => pair.startsWith(name + '=')));
  return other ? undefined : value?.slice(name.length + 1);
};
