// What localStorage remembers, for whatever is loaded when it is needed; the loader reads its own.

/** Undefined where nothing is stored, or no JSON, or storage is blocked. */
export const stored = (key: string): any => {
  try {
    return JSON.parse(localStorage[key]);
  } catch {}
};
