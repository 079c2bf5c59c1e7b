// The shapes shared by the loader and the widget: what the server writes into the loader, what
// the page sees as `window.ouinon`. Types only, so this file weighs nothing. What pages may rely on
// is declared in `ouinon.d.ts`, which sites take from the server.

export type Flags = OuinonFlags;
export type Regime = OuinonRegime;
export type Consent = OuinonConsent;
export type Listener = OuinonListener;

/** The JSON the server puts in place of `__OUINON_CONFIG__`. */
export interface Config {
  site: string;
  base: string;
  /** `sha256:` and 64 hexadecimal digits. */
  notice: string;
  /** Of the purposes a visitor has a say in. */
  bases: Record<string, string>;
  required: string[];
  vendors: Record<string, string[]>;
  /** Older notices by their first 8 digits: the purposes whose grants no longer hold. */
  older: Record<string, string[]>;
  /** The tags the site answers, lower case, and with which of its languages. */
  languages: Record<string, string>;
  language: string;
  cookie_domain?: string;
  /** The consent types each purpose stands for; where the site has any. */
  signals?: Record<string, string[]>;
  /** How tools are told, by the names of `loader/signals/`, where there is something to say. */
  tools?: Record<string, { vendor?: string; set?: string[]; wait?: number }>;
  /** The script that asks. */
  ask: string;
  /** Cookies to remove where a purpose is not allowed; a final `*` stands for any ending. */
  cookies?: Record<string, string[]>;
  /** Only elements that were scripts from the start may run, under the page's policy. */
  trusted?: boolean;
  /** The small control stands in the other corner. */
  control?: 'end';
  /** The control's words by language, where they are not the usual ones. */
  labels?: Record<string, string>;
}

/**
 * What tells others of a choice: each file of `loader/signals/` that a site uses adds one. Called
 * before anything is known, then whenever something else may hold.
 */
export type Signals = ((core: Core, known?: boolean) => void)[];

/** What the cookie cannot hold of the last choice; kept in localStorage as `ouinon_r`. */
export type Remembered = Pick<Consent, 'notice' | 'regime' | 'given_at' | 'gpc'> & {
  /** What the small control has to say under the law of that place. */
  label?: string;
};

/** `window.ouinon` as the loader fills it in. */
export interface Api extends Writable<Ouinon> {
  /** What resolves `ready`: set by the inline snippet. */
  r?: (api: Api) => void;
  /** What the inline snippet began to load for a visitor without a choice. */
  e?: Promise<WidgetModule | void>;
  p?: Promise<Response | void>;
}

/** What is called once the loader is there: what `window.ouinon` is an array of until then. */
export type Early = ((api: Ouinon) => void)[];

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/** What the loader lends to the widget. */
export interface Core {
  config: Config;
  api: Api;
  /** The rule of the visitor's place; null until known. */
  regime: Regime | null;
  /** The page is the hosted preferences page: it has no cookies of the site. */
  hosted: boolean;
  language: string;
  /** What the server says about the place, where it was asked. */
  place?: Promise<Response | void>;
  /** Reads the stored choice and applies it where it changed. */
  read(): void;
  /** Brings page, signals and cookies in line with what is allowed now. */
  apply(): void;
  emit(event: string): void;
  /** Nothing valid is stored under the current notice. */
  stale: boolean;
  /** The hosted preferences page, where this browser's choice can be seen too. */
  page: string;
  root(): ShadowRoot;
  /** Removes a cookie wherever this page can. */
  wipe(name: string): void;
  /**
   * What another tool kept and this site takes over, as a record is made of it, where one of
   * `loader/imports/` found it: asked for once, when the place is known.
   */
  moved?(): [action: string, choice: { choices: Flags }, method: string] | undefined;
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
  embed(element: HTMLElement): Promise<void>;
  /** A method of `window.ouinon`; without a gesture the page itself called it. */
  call(name: string, choice?: { choices?: Flags; vendors?: Flags }, gesture?: Gesture): Promise<unknown>;
  /** Sends what waits and reads the visitor's own state. */
  sync(): Promise<unknown>;
}

/** What `ask.js` exports. */
export interface WidgetModule {
  /** Which notice, language and build it is. */
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
