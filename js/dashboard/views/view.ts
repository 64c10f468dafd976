// A view: made for one address, with its elements and requests; removed when the address changes.

import type { Route } from "../kit/route.js";
import type { Definitions } from "../server/answers.js";
import type { Job } from "../server/poller.js";
import type { Rights } from "../server/rights.js";

/** What the page offers its views. */
export interface Page {
  readonly rights: Rights;
  readonly isDev: boolean;
  /** The definitions that the server runs, loaded once per address of a view. */
  definitions(): Promise<Definitions>;
  /** Polls immediately. */
  refresh(): void;
  /** Says a sentence to everybody: on the screen for some seconds, and to screen readers. */
  say(text: string): void;
}

export interface View {
  readonly title: string;
  /** The way back: from the list to this. */
  readonly parent?: { text: string; href: string };
  readonly element: HTMLElement;
  readonly jobs: readonly Job[];
  /** Called when the view is paused and when it continues. */
  pause?(isPaused: boolean): void;
  /** Called when the server does not answer: the shown data is outdated. */
  lost?(): void;
  close?(): void;
}

export type MakeView = (route: Route, page: Page) => View;

/** How often views ask. */
export const everyMs = 1_000;
/** For what changes seldom. */
export const seldomMs = 5_000;
/** For data that is read only when the view is opened: reading the audit is itself recorded. */
export const onceMs = 86_400_000;
