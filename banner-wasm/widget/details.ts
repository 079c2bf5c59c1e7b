// What the preferences need beyond the first layer: their script and the whole notice. Asked for at
// the same time, once; after a failure the next call tries again.

import type { About, Core } from '../loader/types';
import type { Notice } from './context';
import type { MoreModule } from './more/main';

// The script's name, which the build writes here.
declare const __OUINON_MORE__: string;

let known: string | undefined;
let loading: Promise<[MoreModule, Notice]> | undefined;

/** The notice that is asked about, whole. */
export const wholeNotice = async ({ base, notice, language }: About): Promise<Notice> =>
  (await fetch(`${base}/n/${notice}/${language}.json`)).json();

export const details = (core: Core): Promise<[MoreModule, Notice]> => {
  const { base, notice } = core.about;
  if (known != notice) loading = undefined;
  known = notice;
  loading ||= Promise.all([import(`${base}/a/${__OUINON_MORE__}`) as Promise<MoreModule>, wholeNotice(core.about)]);
  loading.catch(() => (loading = undefined));
  return loading;
};
