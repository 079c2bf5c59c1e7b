// Runs the module that decides and draws: as WebAssembly or, where a policy or the browser forbids
// that, as JavaScript made from the same source. What forbids it is found by trying once, and
// remembered with the choice; a site that knows says so, and nothing is tried.

import { stored } from '../loader/stored';
import type { Core } from '../loader/types';

// The name of the module as JavaScript, which the build writes here.
declare const __OUINON_PLAIN__: string;

export interface Exports {
  memory: Pick<WebAssembly.Memory, 'buffer'>;
  reset(decided: boolean, asking: boolean): void;
  purpose(required: boolean, granted: boolean): void;
  event(kind: number, index: number, on: boolean): void;
  // Of the module that comes with the preferences.
  vendor?(excepted: boolean): void;
  is_on?(purpose: number): number;
  is_excepted?(vendor: number): number;
}

/** The module as JavaScript: takes what it draws with. */
export type Plain = (dom: object) => Exports;

/** There is no WebAssembly here. */
export let plain = !!stored('ouinon_c')?.p;

export const run = async ({ about }: Core, code: string | Plain, dom: object): Promise<Exports> => {
  if (typeof code == 'string' && !plain)
    try {
      const bytes = Uint8Array.from(code, (c) => c.charCodeAt(0));
      const { instance } = await WebAssembly.instantiate(bytes, { 'ouinon:dom': dom } as WebAssembly.Imports);
      return instance.exports as unknown as Exports;
    } catch {}
  plain = true;
  return (typeof code == 'string' ? ((await import(`${about.base}/a/${__OUINON_PLAIN__}`)).default as Plain) : code)(dom);
};
