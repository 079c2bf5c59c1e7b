// What Ouinon's tag gives a page. Put this file beside your sources as `ouinon.d.ts`; it declares
// `window.ouinon`, the events on `document` and the widget's elements, and imports nothing.

/** Purposes, or vendors, by key: yes or no. */
type OuinonFlags = Record<string, boolean>;

/** The rule of the visitor's place. */
interface OuinonRegime {
  model: 'opt-in' | 'opt-out' | 'notice';
  /** The law's name. */
  law: string;
  /** ISO 3166-1; the region as in ISO 3166-2 behind it. */
  country?: string | null;
  region?: string | null;
  /** Global Privacy Control counts as a no there. */
  gpc_honoured: boolean;
}

/** The choice that holds. */
interface OuinonConsent {
  /** Every purpose that leaves a choice. */
  choices: OuinonFlags;
  /** Vendors that were decided otherwise than their purposes. */
  vendors: OuinonFlags;
  /** Grows by one with each record; 0 until the server has the first. */
  version: number;
  /**
   * The notice that was shown: `sha256:` and 64 hexadecimal digits. This and the next three are kept beside
   * the cookie, so another host of the site knows them once it has asked the server.
   */
  notice?: string;
  regime?: OuinonRegime | null;
  /** RFC 3339, UTC. */
  given_at?: string;
  expires_at?: string;
  /** The browser sent Global Privacy Control when it was given. */
  gpc?: boolean;
}

/** What listeners are told, by event. On `document` their names begin with `ouinon:`. */
interface OuinonEvents {
  /** It is known what is allowed. Once for each page. */
  ready: OuinonConsent | null;
  /** The banner is on the screen. */
  shown: OuinonConsent | null;
  /** Something else is allowed than before, in this tab or another. */
  change: OuinonConsent | null;
}

type OuinonListener<Event extends keyof OuinonEvents = keyof OuinonEvents> = (consent: OuinonEvents[Event]) => void;

/** `window.ouinon`, once the tag has come. */
interface Ouinon {
  /** Comes when it is known what is allowed: a stored choice, or the place and the banner. */
  readonly ready: Promise<Ouinon>;
  /** The visitor's id; null before a choice. */
  readonly visitor: string | null;
  readonly consent: OuinonConsent | null;
  /** False until it is known. With a vendor: whether that vendor may have data for this purpose. */
  allowed(purpose: string, vendor?: string): boolean;
  /** Shows the preferences. */
  open(): Promise<unknown>;
  acceptAll(): Promise<unknown>;
  rejectAll(): Promise<unknown>;
  /** Purposes that are not named stay as they are. */
  save(choice: { choices?: OuinonFlags; vendors?: OuinonFlags }): Promise<unknown>;
  /** Takes everything back. */
  withdraw(): Promise<unknown>;
  on<Event extends keyof OuinonEvents>(event: Event, listener: OuinonListener<Event>): void;
  off<Event extends keyof OuinonEvents>(event: Event, listener: OuinonListener<Event>): void;
  /** Calls back with all of this: at once, or, before the tag has come, when it comes. */
  push(...calls: ((ouinon: Ouinon) => void)[]): unknown;
}

/**
 * The same before the tag has come: with the snippet's inline part nearly all of it, with the plain
 * tag nothing but what the page itself made of it:
 * `(window.ouinon = window.ouinon || []).push((ouinon) => …)`.
 */
type OuinonEarly = Partial<Ouinon> & Pick<Ouinon, 'push'>;

interface Window {
  ouinon?: OuinonEarly;
}

interface DocumentEventMap {
  'ouinon:ready': CustomEvent<OuinonEvents['ready']>;
  'ouinon:shown': CustomEvent<OuinonEvents['shown']>;
  'ouinon:change': CustomEvent<OuinonEvents['change']>;
}

interface HTMLElementTagNameMap {
  /** The banner; its controls are in an open shadow root. */
  'ouinon-banner': HTMLElement;
  /** The preferences, in a page of your own. */
  'ouinon-preferences': HTMLElement;
  /** Stands in the place of what is held back. */
  'ouinon-placeholder': HTMLElement;
}
