// One request for a push stream and its end, over fetch or over EventSource. Blocks go to the host as they come; the
// promise reports how the stream ended, and never rejects. After the signal is aborted nothing is reported.
import type { DialogueError } from "../api/errors.js";
import { createParser, type ParserHost } from "./parser.js";

/** How a request ended: whether another one can be of use, and what went wrong. */
export interface Ending {
  readonly isFinal?: boolean;
  /** The reason from the server or the browser; absent if the server ended the stream. */
  readonly error?: DialogueError;
  /** Whether the reason is unknown; a fetch would report it. */
  readonly isUnknown?: boolean;
}

export interface ReadingHost extends ParserHost {
  /** Called when bytes have arrived. */
  alive(): void;
}

/** An error with what is known of it: its `code`, `reason`, and `retryAfterMs`, after which it is tried again. */
export const failure = (message: string, facts?: object): DialogueError =>
  // Its class is the other entries'.
  Object.assign(new Error(message), { code: "connection_lost" }, facts, { name: "DialogueError" }) as never;

const noContent = 204;
const closed = 2; // EventSource.CLOSED

/**
 * Reads the stream of `url` after `id` (empty: a new one) by fetch, which can send a token and reports statuses, until it
 * ends or `signal` is aborted.
 */
export async function readByFetch(
  url: string,
  id: string,
  signal: AbortSignal,
  token: string | undefined,
  host: ReadingHost,
): Promise<Ending> {
  try {
    const fields = { ...(token !== undefined && { Authorization: `Bearer ${token}` }), ...(id && { "Last-Event-ID": id }) };
    const response = await fetch(url, { headers: fields as Record<string, string>, signal, cache: "no-store" });
    const { status, body, headers } = response;
    if (status === noContent) return { isFinal: true };
    const type = headers.get("Content-Type");
    if (status !== 200 || !type?.startsWith("text/event-stream")) {
      // A proxy's 404 is not the server's answer. A body that is not a problem document is treated as an error of the
      // connection.
      const problem = type?.includes("problem+json") ? await response.json() : {};
      problem.retryAfterMs ??= +headers.get("Retry-After")! * 1000 || undefined;
      return {
        isFinal: problem.code && /^4(?!08|25|29)/.test(status as never), // all others can be fixed by time
        error: failure(problem.detail ?? `No stream: ${status} ${type}`, problem),
      };
    }
    const parse = createParser(host, id);
    const reader = body!.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done || signal.aborted) return {};
      host.alive();
      parse(value);
    }
  } catch (error) {
    return { error: failure(`${error}`) };
  }
}

/**
 * Reads the stream of `url` after `id` by EventSource, which passes on the events of `names` only. EventSource reconnects
 * by itself after a lost connection; if it gives up, it does not report why.
 */
export function readByEventSource(
  url: string,
  id: string,
  signal: AbortSignal,
  names: string[],
  host: ReadingHost & { lost(): void },
) {
  return new Promise<Ending>((resolve) => {
    const source = new EventSource(id ? `${url}&lastEventId=${encodeURIComponent(id)}` : url);
    signal.onabort = () => source.close();
    source.onopen = host.alive;
    source.onerror = () => {
      if (source.readyState === closed) resolve({ isUnknown: true });
      else host.lost();
    };
    for (const name of names)
      source.addEventListener(name, ({ data, lastEventId }: MessageEvent) => {
        host.alive();
        host.block(name, data, lastEventId || id); // which is empty until the first one that the server sends
      });
  });
}
