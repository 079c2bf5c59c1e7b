// One cookie by its name, for whatever is loaded when it is needed.

export const cookie = (name: string): string | undefined =>
  document.cookie.split('; ').find((pair) => pair.startsWith(name + '='))?.slice(name.length + 1);
