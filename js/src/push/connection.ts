// The connection of a push stream: requests one after another, each continuing after the last id, with growing random
// pauses in between. Watches for silence, for the network and for the page. It delivers nothing after stop().
import type { DialogueError } from "../api/errors.js";
import { tokenForm } from "../transport/token.js";
import { type Ending, failure, readByEventSource, readByFetch } from "./reading.js";

/** Where and as whom to connect. */
export interface ConnectionOptions {
  readonly url: string;
  readonly token?: string | (() => string | Promise<string>) | undefined;
  /** The names of all events that can arrive, if known. EventSource passes on only events that it was given the names of. */
  readonly names?: string[] | undefined;
  /** After how many milliseconds without a byte the connection counts as lost. */
  readonly silenceMs: number;
}

/** The owner of a connection. */
export interface ConnectionHost {
  /** The id to continue after. */
  lastId(): string;
  /** Receives the blocks in order. If it throws, the connection is made again, and the block arrives again. */
  block(type: string, data: string, id: string): void;
  /** Called when there is no connection, with the failure and the time of the retry, if known. */
  lost(error?: DialogueError): void;
  /** Called when a lost stream without an id begins again: events in between are missing. */
  missedEvents(): void;
  /** There will be none: the server has ended the stream, or refused it. */
  over(error?: DialogueError): void;
}

export interface Connection {
  start(): void;
  stop(): void;
  /** The last block opened the stream: failures are counted from here. */
  opened(): void;
  /** The server has requested a pause of this many milliseconds before a reconnect. */
  postpone(ms: number): void;
  /** Whether start() was called, and stop() was not. */
  isStarted(): boolean;
  /** Something has happened to the page or the network: tries again now, if the connection may be dead. */
  wake(isOtherNetwork: boolean): void;
}

const pauseMsMin = 100;
const pauseMsMax = 30_000;

export function createConnection({ url, token, names, silenceMs }: ConnectionOptions, host: ConnectionHost): Connection {
  const isAsked = typeof token === "function"; // then another token may be better
  let current: AbortController | undefined; // of the request that is under way
  let isStarted = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let watch: ReturnType<typeof setInterval> | undefined;
  let failures = 0; // since the stream was open
  let retryMs = 3000; // until the server sends another value
  let notBefore = 0; // the server's requested pause, as a time
  let aliveAt = 0;
  let wasOpen: boolean | undefined;
  let byFetch = !names || !globalThis.EventSource;

  const alive = () => {
    aliveAt = Date.now();
  };

  const cut = () => {
    clearTimeout(timer);
    current?.abort();
    current = undefined;
  };

  const read = async (signal: AbortSignal): Promise<Ending> => {
    const report = {
      alive,
      block: (type: string, data: string, id: string) => {
        if (!signal.aborted) host.block(type, data, id);
      },
      retry: (ms: number) => {
        retryMs = Math.max(ms, pauseMsMin);
      },
      lost: host.lost,
    };
    const id = host.lastId();
    if (!byFetch) return readByEventSource(url, id, signal, names!, report);
    let sent: any = token;
    try {
      if (isAsked) sent = (await (token as () => unknown)()) || "";
      if (!tokenForm.test(sent)) throw new TypeError("it gave no token"); // `undefined` has the form
    } catch (error) {
      return {
        isFinal: !isAsked,
        error: failure(`No token: ${error}`, { code: isAsked ? "identity_unavailable" : "token_invalid" }),
      };
    }
    return readByFetch(url, id, signal, sent, report);
  };

  const fail = ({ isFinal, error, isUnknown }: Ending) => {
    cut();
    if (isFinal && !(isAsked && error?.code === "token_expired")) return host.over(error);
    byFetch ||= isUnknown!;
    if (error?.retryAfterMs) postpone(error.retryAfterMs);
    const pause = Math.max(retryMs, Math.min(pauseMsMax, retryMs * 2 ** failures++)) * (1 + Math.random() / 2);
    const pauseMs = isUnknown ? 0 : Math.max(pause, notBefore - Date.now());
    timer = setTimeout(open, pauseMs);
    host.lost(error && failure(error.message, { ...error, retryAfterMs: pauseMs }));
  };

  const open = () => {
    cut();
    const isMissing = wasOpen && !host.lastId();
    wasOpen = false;
    alive();
    const mine = new AbortController();
    current = mine;
    if (isMissing) host.missedEvents(); // a handler may end the stream
    if (current === mine) void read(mine.signal).then((ending) => current === mine && fail(ending));
  };

  const postpone = (ms: number) => {
    notBefore = Date.now() + ms;
  };

  return {
    start: () => {
      if (isStarted) return;
      isStarted = true;
      watch = setInterval(() => {
        if (current && Date.now() - aliveAt > silenceMs) fail({ error: failure("No heartbeat") });
      }, silenceMs / 4);
      open();
    },
    stop: () => {
      isStarted = false;
      clearInterval(watch);
      cut();
    },
    opened: () => {
      failures = 0;
      wasOpen = true;
    },
    postpone,
    isStarted: () => isStarted,
    wake: (isOtherNetwork) => {
      const isDoubtful = isOtherNetwork || !current || Date.now() - aliveAt > silenceMs / 2;
      if (isStarted && isDoubtful && Date.now() >= notBefore) open();
    },
  };
}
