// Requests to the HTTP API that read, as one user or with a key.

/** Where and as whom. */
export interface Access {
  readonly url: string;
  readonly token?: string | undefined;
  readonly apiKey?: string | undefined;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly fetch?: typeof globalThis.fetch | undefined;
}

/** The server has refused, or has not answered. Its code is one of docs/reference/errors.md. */
export class Refusal extends Error {
  constructor(readonly code: string) {
    super(code);
  }
}

type Check = (fits: unknown, name: string, rule: string) => void;

/** The address of the API; a path is kept, since a proxy may serve it there. */
function apiUrl(url: unknown, check: Check): string {
  let read: URL | undefined;
  try {
    read = new URL(url as string);
  } catch {}
  const fits = read && /^https?:$/.test(read.protocol) && !read.username && !read.search && !read.hash;
  check(fits, "url", "an http or https URL without user, query and fragment, such as https://chat.example.com");
  return `${read!.origin}${read!.pathname.replace(/\/+$/, "")}/api/v1`;
}

/** Undefined for what is not JSON: another server has answered, such as a proxy. */
function parsed(text: string): any {
  try {
    return JSON.parse(text);
  } catch {}
}

/** A function that resolves with the JSON of a path below /api/v1, within the time limit of all calls together. */
export function apiReader(access: Access, check: Check): (path: string) => Promise<any> {
  const { token, apiKey, timeoutMs, signal, fetch = globalThis.fetch } = access;
  const url = apiUrl(access.url, check);
  check((token === undefined) !== (apiKey === undefined), "token", "set, or apiKey, and not both");
  const bearer = (token ?? apiKey) as unknown;
  check(typeof bearer === "string" && /^[!-~]+$/.test(bearer), token === undefined ? "apiKey" : "token", "one word");
  check(apiKey === undefined || !("document" in globalThis), "apiKey", "kept out of pages: use a token there");
  check(typeof fetch === "function", "fetch", "a function");
  const limit = AbortSignal.timeout(timeoutMs);
  const ends = signal ? AbortSignal.any([signal, limit]) : limit;
  return async (path) => {
    try {
      const response = await fetch(url + path, {
        headers: { Authorization: `Bearer ${bearer}` },
        signal: ends,
        redirect: "manual", // the token is for this address
        cache: "no-store", // one user's room is never another's
      });
      const answer = parsed(await response.text());
      if (response.ok && answer) return answer;
      throw new Refusal(typeof answer?.code === "string" ? answer.code : "not_supported");
    } catch (error) {
      if (error instanceof Refusal) throw error;
      throw new Refusal(signal?.aborted ? "aborted" : "connection_lost");
    }
  };
}
