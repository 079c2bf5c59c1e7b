// What is known beside the elements: the choice and where it comes from, the place, what others
// were told, what waits to be sent. No secret: of what waits to be sent it names the action alone.

import { stored } from '../widget/stored';
import { cookie } from '../loader/cookie';
import type { Core, Flags, Regime } from '../loader/types';
import type { Say } from './words';

// The server puts its version in place of this.
declare const __OUINON_VERSION__: string;

export type Fact = [label: string, value: string, address?: string];

/** The visitor's newest record, as the server has it: undefined until it answered, null where it has none. */
export interface Origin {
  record?: { version: number; action: string; method: string } | null;
  failed?: boolean;
}

const listed = (flags: Flags): string => Object.entries(flags).map(([key, yes]) => `${yes ? '✓' : '✕'} ${key}`).join(', ');

/** Asked for with the visitor's secret, which goes where it always goes and is not shown. */
export const origin = async ({ about: { base, site } }: Core): Promise<Origin> => {
  const secret = cookie('ouinon_s');
  if (!secret) return { record: null };
  try {
    const answer = await fetch(`${base}/v1/sites/${site}/consent`, { headers: { Authorization: `Visitor ${secret}` } });
    return answer.ok ? { record: (await answer.json()).history[0] || null } : { failed: true };
  } catch {
    return { failed: true };
  }
};

export const choice = ({ api, stale, said }: Core, { record, failed }: Origin, say: Say): Fact[] => {
  const { consent, visitor } = api;
  const before: Fact[] = said && Object.keys(said).length ? [[say('before'), listed(said)]] : [];
  if (!consent) return [['choices', say('nobody')], ...before];
  const known = record ? `${record.action}, ${record.method}, ${record.version}` : record === null && say('unrecorded');
  return [
    ['choices', listed(consent.choices) + (stale ? ` (${say('again')})` : '')],
    ['vendors', listed(consent.vendors) || '–'],
    ['given_at, expires_at', `${consent.given_at}, ${consent.expires_at}`],
    [say('origin'), failed ? say('unread') : known || '…'],
    ['visitor', visitor!],
    ...before,
  ];
};

export const place = ({ api, regime, about }: Core, say: Say): Fact[] => {
  const here = regime || api.consent?.regime;
  const { model = '?', law, country, region, gpc_honoured } = here || ({} as Partial<Regime>);
  return [
    ['regime', [model, law, country, region].filter(Boolean).join(', ')],
    ['Global Privacy Control', `${say(navigator.globalPrivacyControl ? 'sent' : 'unsent')}${here ? `, ${say(gpc_honoured ? 'honoured' : 'noted')}` : ''}`],
    ['notice', `${about.notice.slice(0, 23)}…, ${about.language}`, `${about.base}/notices/${about.notice}`],
  ];
};

/** What lies in the queues of those who are told; a tool that is there has taken its own. */
export const signals = (say: Say): Fact[] => {
  const text = (entry: unknown) => JSON.stringify(entry && typeof entry == 'object' && 'length' in entry ? Array.from(entry as ArrayLike<unknown>) : entry);
  const layer = (window.dataLayer || []) as Record<string, unknown>[];
  const ours = layer.filter((entry) => entry[0] == 'consent' || entry[0] == 'set' || /^ouinon:/.test(`${entry.event}`));
  const facts = ours.map((entry): Fact => ['dataLayer', entry.event ? `${entry.event} ${entry.ouinon_allowed}` : text(entry)]);
  const queues = { uetq: window.uetq, clarity: window.clarity?.q, fbq: (window.fbq as { queue?: unknown } | undefined)?.queue };
  for (const [name, queue] of Object.entries(queues)) if (Array.isArray(queue)) facts.push([name, queue.map(text).join(' ')]);
  return facts.length ? facts.slice(-20) : [['dataLayer', say('silent')]];
};

export const outbox = (say: Say): Fact[] => {
  const bodies: string[] = stored('ouinon_o') || [];
  const facts = bodies.map((body): Fact => {
    const { action, method, choices } = JSON.parse(body);
    return [`${action}, ${method}`, listed(choices || {})];
  });
  return facts.length ? facts : [['ouinon_o', say('empty')]];
};

export const versions = ({ about, config }: Core): Fact[] => [
  ['Ouinon', `${__OUINON_VERSION__}, ${about.base}`],
  ['site', about.site],
  ['script', config.home],
];
