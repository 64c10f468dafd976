// Requests to the HTTP API: their time limit, their retries, and their errors.
import { check, checkSecret, isObject } from "./arguments.js";
import { DialogueServerError } from "./errors.js";

/** The longest time that a retry waits. If the server asks for a longer wait, the call fails and the caller decides. */
const kWaitMsMax = 30_000;

/** What a call may bring. */
export interface CallOptions {
  /** Ends the call, with the code `aborted`. */
  readonly signal?: AbortSignal | undefined;
}

/** One call. */
export interface Call extends CallOptions {
  readonly method: "GET" | "POST" | "DELETE";
  /** Below /api/v1, with its query. */
  readonly path: string;
  /** JSON. */
  readonly body?: string;
  readonly idempotencyKey?: string | undefined;
  /** Whether a second request has no other effect than the first. */
  readonly isRepeatable: boolean;
}

export interface CallerOptions {
  readonly url: string;
  readonly key: string;
  readonly timeoutMs: number;
  readonly attempts: number;
  readonly fetch: typeof globalThis.fetch;
}

/** Returns the address of the API. A path is kept, since a proxy may serve the API below a path. */
export function apiUrl(url: unknown): string {
  let read: URL | undefined;
  try {
    read = new URL(url as string);
  } catch {}
  const fits = read && /^https?:$/.test(read.protocol) && !read.username && !read.search && !read.hash;
  check(fits, "url", "must be an http or https URL without user, query and fragment, such as https://chat.example.com");
  return `${read!.origin}${read!.pathname.replace(/\/+$/, "")}/api/v1`;
}

/** The key as the HTTP header takes it. */
export function checkKey(key: unknown): void {
  checkSecret(key, "key");
  check(!/[^!-~]/.test(key as string), "key", "must be one word: the key without its name and scopes");
}

const kFields = ["status", "path", "retryAfterMs", "reason", "scope", "expected", "error", "data"] as const;

/** The error that a problem document describes. */
export function errorOf(problem: any): DialogueServerError {
  const fields = kFields.filter((name) => problem[name] !== undefined).map((name) => [name, problem[name]]);
  return new DialogueServerError(problem.code, String(problem.detail ?? problem.code), Object.fromEntries(fields));
}

/** The error of a refusal, by the server or by a proxy before it. */
function problemError(status: number, text: string, url: string): DialogueServerError {
  let problem: unknown;
  try {
    problem = JSON.parse(text);
  } catch {}
  if (!isObject(problem) || typeof problem["code"] !== "string")
    return new DialogueServerError("not_supported", `${url} answered ${status}, which is not of a Dialogue server`, { status });
  return errorOf({ ...problem, status });
}

/** Resolves after `ms`; rejects immediately if `signal` is aborted. */
function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      reject(aborted());
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", end);
      resolve();
    }, ms);
    signal?.addEventListener("abort", end, { once: true });
  });
}

const aborted = () => new DialogueServerError("aborted", "the call was aborted");

/** Returns a function that makes calls. It resolves with the response's JSON, or undefined if the response has none. */
export function caller({ url, key, timeoutMs, attempts, fetch }: CallerOptions): (call: Call) => Promise<any> {
  /** One request: the JSON of its response; throws the server's error, or undefined without an answer. */
  async function request({ method, path, body, idempotencyKey, signal }: Call): Promise<any> {
    const controller = new AbortController();
    const end = () => controller.abort();
    const timer = setTimeout(end, timeoutMs);
    signal?.addEventListener("abort", end, { once: true });
    try {
      const response = await fetch(url + path, {
        method,
        headers: {
          Authorization: `Bearer ${key}`,
          ...(body !== undefined && { "Content-Type": "application/json" }),
          ...(idempotencyKey !== undefined && { "Idempotency-Key": idempotencyKey }),
        },
        ...(body !== undefined && { body }),
        signal: controller.signal,
        redirect: "manual", // the key is for this address
        cache: "no-store", // one user's answer is never another's
      });
      const text = await response.text();
      if (!response.ok) throw problemError(response.status, text, url + path);
      return text === "" ? undefined : JSON.parse(text);
    } catch (error) {
      if (error instanceof DialogueServerError) throw error;
      throw signal?.aborted ? aborted() : new NoAnswer(controller.signal.aborted ? `within ${timeoutMs} ms` : reasonOf(error));
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
    }
  }

  /** Whether another request may succeed, and does no harm. */
  const isRetried = (error: unknown, { isRepeatable }: Call) =>
    error instanceof NoAnswer
      ? isRepeatable
      : error instanceof DialogueServerError && (error.status === 429 || (error.status === 503 && isRepeatable));

  return async (call) => {
    for (let attempt = 1; ; attempt += 1) {
      if (call.signal?.aborted) throw aborted();
      try {
        return await request(call);
      } catch (error) {
        const waitMs = (error as DialogueServerError).retryAfterMs ?? 1000 * attempt;
        if (attempt < attempts && waitMs <= kWaitMsMax && isRetried(error, call)) await pause(waitMs, call.signal);
        else throw error instanceof NoAnswer ? error.asError(url, call) : error;
      }
    }
  };
}

/** The reason of a failed request: the message "fetch failed" does not name it, but the error's cause does. */
const reasonOf = (error: any) => `(${error?.cause?.code ?? error?.cause?.message ?? error?.message ?? error})`;

/** There was no response. Whether the server has acted is unknown. */
class NoAnswer {
  readonly #how: string;

  constructor(how: string) {
    this.#how = how;
  }

  asError(url: string, { isRepeatable, idempotencyKey }: Call): DialogueServerError {
    const words = `no answer from ${url} ${this.#how}`;
    if (isRepeatable && idempotencyKey === undefined) return new DialogueServerError("connection_lost", words);
    const hint = isRepeatable ? "call again with this idempotencyKey" : "with an idempotencyKey a retry is safe";
    return new DialogueServerError("outcome_unknown", `${words}: the event may have been published; ${hint}`);
  }
}
