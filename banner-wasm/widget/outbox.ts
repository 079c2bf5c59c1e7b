// Choices on their way to the server: posted one at a time, in order, and kept until the receipt
// comes. A body keeps its id, so posting it twice records it once.

import { stored } from './stored';
import type { Core } from '../loader/types';
import type { Context, Entry, State } from './context';
import { forget, hold, store } from './hold';
import { identify, inTab, mint } from './secret';
import { sync } from './sync';

const KEY = 'ouinon_o';
// Used where storage is blocked or full: what another tab sent is not to come back from here.
let memory: string[] = [];
let running: Promise<void> | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;
let pause = 1;

// The hosted page is one origin for every site, and keeps things for its tab only.
const key = ({ config, about }: Core): string => (config.hosted ? KEY + about.site : KEY);

/** The bodies still to be acknowledged; whatever else lies there is none of ours. */
export const pending = ({ core }: Context): string[] =>
  memory[0] ? memory : (core.config.hosted ? inTab : stored)(key(core))?.filter?.((body: string) => /^{"id"/.test(body)) || [];

const keep = ({ core }: Context, bodies: string[]): void => {
  memory = store(key(core), bodies[0] && bodies, core.config.hosted) ? [] : bodies;
};

/** Nothing is left to be sent. */
export const drop = (context: Context): void => keep(context, []);

/** Puts one there, to be sent by the next `flush`: of this page, or of another; gives it as it is kept. */
export const post = (context: Context, body: object): string => {
  const text = JSON.stringify(body);
  keep(context, [...pending(context), text]);
  return text;
};

/** Sends what is pending; one tab at a time where the browser can tell. */
export const flush = (context: Context): Promise<void> =>
  (running ||= navigator.locks ? navigator.locks.request(KEY, () => drain(context)) : drain(context));

const drain = async (context: Context): Promise<void> => {
  const { base, site } = context.core.about;
  clearTimeout(timer);
  // `running` is set before anything below can clear it.
  await null;
  try {
    for (let body; (body = pending(context)[0]); ) {
      const response = await fetch(`${base}/v1/sites/${site}/consents`, {
        method: 'POST',
        body,
        keepalive: true,
      }).catch(() => undefined);
      if (!response || response.status == 429 || response.status > 499) {
        pause = Math.min(pause * 2, 60);
        timer = setTimeout(() => flush(context), pause * 1000);
        return;
      }
      pause = 1;
      await settle(context, body, response.status, await response.json().catch(() => ({})));
    }
    keep(context, []);
  } finally {
    // In the same turn as the last look: what is posted from now on starts anew.
    running = undefined;
  }
};

type Answer = Entry & { type?: string };

const settle = async (context: Context, body: string, status: number, answer: Answer): Promise<void> => {
  const { core } = context;
  const sent = JSON.parse(body);
  let rest = pending(context).filter((other) => other != body);
  if (status < 300) {
    // Later choices of this browser knew of this one; a change made elsewhere they did not know.
    if (answer.version == sent.base_version + 1)
      rest = rest.map((text) => {
        const next = JSON.parse(text);
        if (next.base_version == sent.base_version) next.base_version = answer.version;
        return JSON.stringify(next);
      });
    keep(context, rest);
    context.history.unshift(answer);
    if (!rest.length) hold(core, answer, sent.visitor_secret, true);
    context.known();
  } else if (status == 410) {
    await renew(context, rest.length ? JSON.parse(rest[rest.length - 1]) : sent);
  } else {
    keep(context, rest);
    console.warn('ouinon: choice not recorded', status, answer);
    const superseded = answer.type?.endsWith('notice-superseded');
    if (superseded) core.about.notice = answer.notice;
    // What has no receipt does not hold, unless a later choice already takes its place.
    if (superseded || !rest.length) askAgain(context, superseded).catch(() => {});
  }
};

/** The visitor was erased: the latest choice starts a new one, a withdrawal has nothing left to do. */
const renew = async (context: Context, body: Record<string, unknown>): Promise<void> => {
  const { core } = context;
  const { consent } = core.api;
  forget(core);
  keep(context, []);
  if (core.config.hosted || body.action == 'withdraw' || !body.base_version || !consent) return context.known();
  const secret = mint();
  const visitor = await identify(secret);
  hold(core, { ...(consent as State), notice: body.notice as string, visitor, version: 0 }, secret);
  keep(context, [JSON.stringify({ ...body, id: crypto.randomUUID(), visitor_secret: secret, base_version: 0 })]);
};

/** What was chosen rested on an older state or notice: what holds is taken over, and asked again. */
const askAgain = async (context: Context, superseded?: boolean): Promise<void> => {
  await sync(context, true);
  const view = await context.view(superseded);
  if (superseded) document.querySelectorAll<HTMLElement>('ouinon-preferences').forEach(view.embed);
  view.ask();
};
