// What localStorage remembers. Reading only: a returning visitor writes nothing, so writing lives in
// the widget.

/** Undefined where nothing is stored, or no JSON, or storage is blocked. */
export const stored = (key: string): any => {
  try {
    return JSON.parse(localStorage[key]);
  } catch {}
};
