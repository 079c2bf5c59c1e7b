// What localStorage remembers, as the loader reads it too.

/** Undefined where nothing is stored, or no JSON, or storage is blocked. */
export const stored = (key: string): any => {
  try {
    return JSON.parse(localStorage[key]);
  } catch {}
};
