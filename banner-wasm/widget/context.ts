// What the parts of the widget share, and the shapes they read from the server.

import type { Core, Flags, Regime, View } from '../loader/types';

export interface Purpose {
  key: string;
  required: boolean;
  title: string;
  description: string;
  legal_basis: string;
  data_categories: string[];
  basis: string;
  vendors: string[];
}

export interface Vendor {
  key: string;
  name: string;
  purposes: string[];
  country: string | null;
  safeguard: string | null;
  policy_url: string | null;
}

/** A notice in one language. */
export interface Notice {
  notice: string;
  language: string;
  dir: string;
  controller: Record<string, string | null>;
  purposes: Purpose[];
  vendors: Vendor[];
  texts: Record<string, string>;
  /** The site's theme as rules for our shadow roots, and on the first layer its layout too. */
  style?: string;
  expires_after_days: number;
}

/** The state of a visitor, and the answer to a choice. */
export interface State {
  visitor: string;
  version: number;
  choices: Flags;
  vendors: Flags;
  notice: string;
  regime: Regime | null;
  given_at: string;
  expires_at: string;
}

export interface Entry extends State {
  id: string;
  action: string;
  receipt: string;
}

export interface Context {
  core: Core;
  /** How long a choice holds under the notice that is shown. */
  days: number;
  /** Newest first; what the server told, or acknowledged, on this page. */
  history: Entry[];
  /** The visitor asked to be forgotten: done, or not. */
  erased?: boolean;
  /** The screen; `again`: from the notice the configuration names now. */
  view(again?: boolean): Promise<View>;
  /** The screen, where there is one, is told that choice or history changed. */
  known(): void;
}
