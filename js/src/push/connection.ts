// The connection of a push stream: requests one after another, each continuing after the last id, with growing random
// pauses in between. Watches for silence, for the network and for the page. It delivers nothing after stop().
import type { DialogueError } from "../api/errors.js";
import { type Ending, failure, readByEventSource, readByFetch } from "./reading.js";

/** Where and as whom to connect. */
export interface ConnectionOptions {
  readonly url: string;
  readonly token?: string | (() => string | Promise<string>) | undefined;
  /** All events that can come, where they are known: what EventSource needs to pass them on. */
  readonly names?: string[] | undefined;
  /** After how many milliseconds without a byte the connection counts as lost. */
  readonly silenceMs: number;
}

/** Who has the connection. */
export interface ConnectionHost {
  /** The id to continue after. */
  lastId(): string;
  /** A block, in order. May throw: then the connection is made again, and the block comes again. */
  block(type: string, data: string, id: string): void;
  /** There is no connection; with what went wrong and when it is tried again, where there is more to say. */
  lost(error?: DialogueError): void;
  /** A stream that was open begins again without an id, as it had none yet: what came meanwhile is missing. */
  missedEvents(): void;
  /** There will be none: the server has ended the stream, or refused it. */
  over(error?: DialogueError): void;
}

export interface Connection {
  start(): void;
  stop(): void;
  /** The last block opened the stream: failures are counted from here. */
  opened(): void;
  /** The server has asked not to come back before so many milliseconds. */
  postpone(ms: number): void;
  /** Whether start() was called, and stop() was not. */
  isStarted(): boolean;
  /** Something has happened to the page or the network: tries again now, where the connection may be dead. */
  wake(isOtherNetwork: boolean): void;
}

const pauseMsMin = 100;
const pauseMsMax = 30_000;

export function createConnection({ url, token, names, silenceMs }: ConnectionOptions, host: ConnectionHost): Connection {
  let current: AbortController | undefined; // of the request that is under way
  let isStarted = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let watch: ReturnType<typeof setInterval> | undefined;
  let failures = 0; // since the stream was open
  let retryMs = 3000; // until the server says otherwise
  let notBefore = 0; // what the server has asked for, as a time
  let aliveAt = 0;
  let wasOpen = false;
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
      lost: () => host.lost(),
    };
    const id = host.lastId();
    if (!byFetch) return readByEventSource(url, id, signal, names!, report);
    try {
      return await readByFetch(url, id, signal, typeof token === "function" ? await token() : token, report);
    } catch (error) {
      return { error: failure("identity_unavailable", `No token: ${error}`) };
    }
  };

  const fail = ({ isFinal, error, isUnknown }: Ending) => {
    cut();
    if (isFinal) return host.over(error);
    byFetch ||= !!isUnknown;
    if (error?.retryAfterMs) postpone(error.retryAfterMs);
    const pause = Math.max(retryMs, Math.min(pauseMsMax, retryMs * 2 ** failures++)) * (1 + Math.random() / 2);
    const pauseMs = isUnknown ? 0 : Math.max(pause, notBefore - Date.now());
    timer = setTimeout(open, pauseMs);
    host.lost(error && failure(error.code, error.message, pauseMs));
  };

  const open = () => {
    cut();
    if (wasOpen && !host.lastId()) host.missedEvents();
    wasOpen = false;
    alive();
    const mine = new AbortController();
    current = mine;
    void read(mine.signal).then((ending) => current === mine && fail(ending));
  };

  const postpone = (ms: number) => {
    notBefore = Date.now() + ms;
  };

  return {
    start: () => {
      if (isStarted) return;
      isStarted = true;
      watch = setInterval(() => {
        if (current && Date.now() - aliveAt > silenceMs) fail({ error: failure("connection_lost", "No heartbeat") });
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
