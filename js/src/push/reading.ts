// One request for a push stream and its end, over fetch or over EventSource. Blocks go to the host as they come; the
// promise says how the stream ended, and never rejects. After the signal is aborted nothing is reported.
import type { DialogueError } from "../api/errors.js";
import type { DialogueErrorCode } from "../generated/tables.js";
import { createParser, type ParserHost } from "./parser.js";

/** How a request ended: whether another one can be of use, and what went wrong. */
export interface Ending {
  readonly isFinal?: boolean;
  /** What the server or the browser says; none where the server ended the stream. */
  readonly error?: DialogueError;
  /** The reason is not known: a fetch would tell. */
  readonly isUnknown?: boolean;
}

export interface ReadingHost extends ParserHost {
  /** Something arrived. */
  alive(): void;
}

/** An error of this code, which is tried again after `retryAfterMs`. */
export const failure = (code: DialogueErrorCode, message: string, retryAfterMs?: number): DialogueError =>
  Object.assign(new Error(message), { name: "DialogueError", code, retryAfterMs }) as never; // its class is the other entries'

const noContent = 204;
const closed = 2; // EventSource.CLOSED
const finalStatus = /^4(?!08|25|29)/; // all others can be fixed by time

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
    const fields: Record<string, string> = {};
    if (token) fields["Authorization"] = `Bearer ${token}`;
    if (id) fields["Last-Event-ID"] = id;
    const response = await fetch(url, { headers: fields, signal, cache: "no-store" });
    const { status, body, headers } = response;
    if (status === noContent) return { isFinal: true };
    const type = headers.get("Content-Type");
    if (status !== 200 || !type?.startsWith("text/event-stream")) {
      const problem = await response.json().catch(() => ({}));
      const retryAfterMs = problem.retryAfterMs ?? (Number(headers.get("Retry-After")) * 1000 || undefined);
      const message = problem.detail ?? `No stream: ${status} ${type}`;
      return { isFinal: finalStatus.test(`${status}`), error: failure(problem.code ?? "connection_lost", message, retryAfterMs) };
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
    return { error: failure("connection_lost", `${error}`) };
  }
}

/**
 * The same by EventSource, which passes on the events of `names` only. Where the connection is lost it
 * reconnects by itself; where it gives up it does not say why.
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
