// The words of the first layer, which the server puts into this script for each language of each
// notice (`server/src/http/ask.rs`).

import type { About, Core } from '../loader/types';
import type { Notice } from './context';

/** The part of a notice that is seen without opening the details; the same shape, less in it. */
export type FirstLayer = Pick<Notice, 'language' | 'dir' | 'style' | 'texts' | 'expires_after_days'> & {
  controller: { name?: string | null };
  purposes: Pick<Notice['purposes'][number], 'key' | 'required' | 'title'>[];
  vendors?: Notice['vendors'];
};

// Each stands here once.
declare const __OUINON_FIRST_LAYER__: FirstLayer & { path: string; of: About; lock?: boolean };
declare const __OUINON_LAYOUT__: ((banner: HTMLElement, lock?: boolean) => void) | 0;
declare const __OUINON_PLACED__: ((core: Core) => void) | 0;

export const firstLayer = __OUINON_FIRST_LAYER__;

/** What the site's layout does with the first layer, where that is more than to look like it. */
export const layout = __OUINON_LAYOUT__;

/** What others are told of the place where nothing was chosen: `asking/`. */
export const placed = __OUINON_PLACED__;
