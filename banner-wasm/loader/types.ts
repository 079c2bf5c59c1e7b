// The shapes shared by the loader and the widget: what the server writes into the loader, what
// the page sees as `window.ouinon`. Types only, so this file weighs nothing. What pages may rely on
// is declared in `ouinon.d.ts`, which sites take from the server.

export type Flags = OuinonFlags;
export type Regime = OuinonRegime;
export type Consent = OuinonConsent;
export type Listener = OuinonListener;

/**
 * What the server puts in place of `__OUINON_CONFIG__`. Its names, like those of all that loader and
 * widget share, are made short by the build, which tells the server (`INTERNAL` in `build.mjs`).
 */
export interface Config {
  /** Where the script that asks is: `BASE/b/SITE/NOTICE8.BUILD`, the notice by its first 8 digits. */
  home: string;
  /** The purposes a visitor has a say in. */
  asked: string[];
  /** Those that need no yes. */
  fixed: string[];
  /** The vendors, each with its purposes; where there are any. */
  disclosed?: Record<string, string[]>;
  /** Older notices by their first 8 digits: the purposes whose grants no longer hold. */
  older?: Record<string, string[]>;
  /** Each consent type's value, by the purposes it stands for; where the site has any. */
  signals?(value: (...purposes: string[]) => string): Record<string, string>;
  /** The page is the hosted preferences page: it has no cookies of the site. */
  hosted?: boolean;
  /** Only elements that were scripts from the start may run, under the page's policy. */
  strict?: boolean;
}

/** What only asking needs to know of the site: the script that asks brings it. */
export interface About {
  /** The server's address, and the site's id there. */
  base: string;
  site: string;
  /** `sha256:` and 64 hexadecimal digits. */
  notice: string;
  language: string;
  cookie_domain?: string;
  /** Cookies to remove where a purpose is not allowed; a final `*` stands for any ending. */
  cookies?: Record<string, string[]>;
}

/**
 * What a site's loader does besides, such as telling others of a choice: each part adds one. Called
 * before anything is `known`, then whenever something else may hold, and with each event.
 */
export type Signals = ((core: Core, known: boolean | undefined, event: string | undefined, kept: Kept) => void)[];

/** `ouinon_c` in localStorage: what the cookie cannot hold. Every page reads it, so names are short. */
export interface Kept {
  /** Of the choice. */
  c?: Pick<Consent, 'notice' | 'regime' | 'given_at' | 'expires_at' | 'gpc'>;
  /** When the state is to be read next, in unix seconds; long ago while a choice waits to be sent. */
  d?: number;
  /** Before anything else: back from the hosted page, or a choice was not recorded. */
  b?: 1;
  /** The law hears Global Privacy Control as a no, and it was not sent with this yes. */
  g?: 1;
  /** What the small control has to say under the law of that place. */
  l?: string;
  /** Names in the browser that may not be there, as a pattern. */
  s?: string;
  /** There is no WebAssembly here. */
  p?: 1;
}

/** `window.ouinon` as the loader fills it in. */
export interface Api extends Writable<Ouinon> {
  /** What resolves `ready`: set by the inline snippet; 0 once the loader is there. */
  r?: ((api: Api) => void) | 0;
  /** What the inline snippet began to load for a visitor without a choice. */
  e?: Promise<WidgetModule | void>;
  p?: Promise<Response | void>;
}

/** What is called once the loader is there: what `window.ouinon` is an array of until then. */
export type Early = ((api: Ouinon) => void)[];

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/** What the loader lends to the widget, and what the widget adds. */
export interface Core {
  config: Config;
  api: Api;
  /** Nothing valid is stored under the current notice. */
  stale: boolean;
  root(): ShadowRoot;
  /** Once the script that asks is here; a failure says nothing. */
  later(call: (widget: Widget) => unknown): Promise<unknown>;
  emit(event: string): void;
  /** Brings page, signals and cookies in line with what is allowed now. */
  align(): void;
  /** Reads the stored choice and applies it where it changed. */
  read(): void;
  /** What the server says about the place, where it was asked. */
  placing?: Promise<Response | void>;
  /** The rule of the visitor's place; not there until it is asked, null where it is not known. */
  regime?: Regime | null;
  /** The place's law lets everything begin without a yes. */
  free?: boolean;
  about: About;
  /**
   * What another tool kept and this site takes over, as a record is made of it, where one of
   * `loader/imports/` found it: asked for once, when the place is known.
   */
  moved?(): [action: string, choice: { choices: Flags }, method: string] | undefined;
  /** What that tool had kept of our purposes. Read, as all that follows, by the panel for developers alone. */
  said?: Flags;
  /** Automatic mode: whom an address belongs to, and whose requests failed. */
  find?(address: string): Tracker | null | undefined;
  refused?: Set<Tracker>;
  /** What `markup` has read. */
  marked?: WeakMap<HTMLElement, unknown>;
}

/** One of the hosts of automatic mode. */
export interface Tracker {
  purpose: string;
  /** Where the notice discloses it: a visitor may have refused it by itself. */
  vendor?: string;
  /** Who runs it, for people. */
  from: string;
}

/** The screen, once words, place and module are there. */
export interface View {
  ask(): void;
  act(action: string, element?: HTMLElement, event?: Event): unknown;
  embed(element: HTMLElement): Promise<void>;
}

/** What the browser can tell about a click. */
export interface Gesture {
  trusted: boolean;
  visible: boolean;
}

/** What the loader leaves to `ask.js`. */
export interface Widget {
  /** Nothing valid is stored. */
  ask(ready: () => void): Promise<void>;
  /** A click on an element that says what it does. */
  click(element: HTMLElement, event: MouseEvent): Promise<unknown>;
  /** Placeholders, where something to be seen is held back. */
  cover(): Promise<void>;
  /** Removes what purposes that are not allowed left behind. */
  sweep(): void;
  /** A method of `window.ouinon`; without a gesture the page itself called it. */
  call(name: string, choice?: { choices?: Flags; vendors?: Flags }, gesture?: Gesture): Promise<unknown>;
  /** Sends what waits and reads the visitor's own state. */
  sync(): Promise<unknown>;
}

/** What `ask.js` exports. */
export interface WidgetModule {
  /** Of which site, notice and build it is: as in the configuration. */
  path: string;
  start(core: Core): Widget;
}

declare global {
  interface Window {
    dataLayer?: unknown[];
    gtag?: (...args: unknown[]) => void;
    uetq?: unknown[];
    clarity?: ((...args: unknown[]) => void) & { q?: unknown[] };
    fbq?: unknown;
  }
  interface Navigator {
    globalPrivacyControl?: boolean;
  }
}
