// Canonical JSON, RFC 8785: one text for one value, whoever writes it down.

/** The canonical text. JavaScript's own numbers, strings and order of keys are what the RFC prescribes. */
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    return `{${Object.keys(value).sort().map((key) => `${canonical(key)}:${canonical(value[key])}`).join(',')}}`;
  }
  if (typeof value === 'number' && !Number.isFinite(value)) throw new Error('a number that JSON does not have');
  if (typeof value === 'string' && !value.isWellFormed()) throw new Error('half a character');
  return JSON.stringify(value);
}
