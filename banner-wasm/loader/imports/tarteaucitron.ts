// tarteaucitron.js: `!gtag=true!youtube=false!matomo=wait`; `wait` is not answered yet.

import { kept, takeOver } from '../take-over';

takeOver(() => {
  const all = kept('tarteaucitron').split('!').slice(1);
  const pairs = all.map((pair) => pair.split('=')).filter(([, value]) => value != 'wait');
  return [pairs.map(([name, value]) => [name, value == 'true' || (value == 'false' ? false : value)])];
});
