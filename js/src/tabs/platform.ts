// What tabs need of a browser. Tests pass a world of their own.
import { canShare } from "../util/can_share.js";
import { randomId } from "../util/random_id.js";
import type { Wire } from "./wire.js";

export interface Platform {
  /** The browser's Web Locks; undefined if tabs cannot share a client. */
  readonly locks: Pick<LockManager, "request"> | undefined;
  /** Opens a channel; `receive` is called with what other tabs post. */
  channel(name: string, receive: (message: Wire) => void): { post(message: Wire): void; close(): void };
  /** Calls `act` once after this many milliseconds. Returns the function that cancels this. */
  later(act: () => void, ms: number): () => void;
  /** Calls `act` each time after this many milliseconds. Returns the function that ends this. */
  every(act: () => void, ms: number): () => void;
  isVisible(): boolean;
  randomId(): string;
  /** The time in milliseconds, of a clock that all tabs share. */
  now(): number;
  /** Calls `hide` before the page is frozen or cached, and `show` after. */
  lifecycle(hide: () => void, show: () => void): () => void;
}

const timed = (start: (act: () => void, ms: number) => any) => (act: () => void, ms: number) => {
  const timer = start(act, ms);
  return () => clearTimeout(timer); // which ends intervals as well
};

/** The browser. */
export const browser = (): Platform => ({
  locks: canShare() ? navigator.locks : undefined,
  channel: (name, receive) => {
    const channel = new BroadcastChannel(name);
    channel.onmessage = ({ data }) => receive(data);
    return { post: (message) => channel.postMessage(message), close: () => channel.close() };
  },
  later: timed(setTimeout),
  every: timed(setInterval),
  isVisible: () => globalThis.document?.visibilityState !== "hidden",
  randomId,
  now: Date.now,
  lifecycle: (hide, show) => {
    const page = globalThis.document ? [globalThis, globalThis.document] : [];
    const all: [string, () => void][] = [
      ["pagehide", hide],
      ["freeze", hide],
      ["pageshow", show],
      ["resume", show],
    ];
    const each = (change: "addEventListener" | "removeEventListener") => {
      for (const target of page) for (const [type, act] of all) target[change](type, act);
    };
    each("addEventListener");
    return () => each("removeEventListener");
  },
});
