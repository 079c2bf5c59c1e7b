// Robots are not asked: they answer nothing, and what they keep of a page is not to begin with a
// banner. Only sites whose notice says `hide_from_bots` are served this. A robot is what calls itself
// one, in the words the server leaves out of rates by (`server/src/http/extract/client.rs`); nothing
// optional runs for it, as for anybody who has not answered.

import type { Signals } from './types';

declare const SIGNALS: Signals;

if (/bot|crawler|spider|slurp|facebookexternalhit|preview/i.test(navigator.userAgent))
  SIGNALS.push((core) => {
    core.stale = false;
  });
