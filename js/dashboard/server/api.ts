// Requests to the server's HTTP API. The key is sent in a header, never in an address.
import { apiKey } from "./key.js";
import { Problem, problemOf } from "./problem.js";

const timeoutMs = 15_000;
const base = new URL("../api/v1/", document.baseURI);

/** The address of a route: apiUrl(["rooms", id, "history"], { limit: 50 }). */
export function apiUrl(path: readonly string[], query: Record<string, string | number | undefined> = {}): URL {
  const url = new URL(path.map(encodeURIComponent).join("/"), base);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== "") url.searchParams.set(name, String(value));
  }
  return url;
}

interface RequestOptions<Answer> {
  method?: string;
  body?: string;
  signal?: AbortSignal;
  read?: ((text: string) => Answer) | undefined;
}

/**
 * Sends a request, whose body is JSON, and gives the answer as `read` reads it, by default as JSON. Throws a Problem, or what
 * `signal` was aborted with.
 */
export async function request<Answer>(
  url: URL,
  { method = "GET", body, signal, read = JSON.parse }: RequestOptions<Answer> = {},
): Promise<Answer> {
  const key = apiKey();
  const headers: Record<string, string> = { Accept: "application/json" };
  if (key) headers["Authorization"] = `Bearer ${key}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const limit = AbortSignal.timeout(timeoutMs);
  const options: RequestInit = {
    method,
    headers,
    cache: "no-store",
    credentials: "omit",
    signal: signal ? eitherOf(signal, limit) : limit,
  };
  if (body !== undefined) options.body = body;
  let answer: Response;
  try {
    answer = await fetch(url, options);
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Problem(0, limit.aborted ? "The server did not answer in time." : "The server cannot be reached.");
  }
  if (!answer.ok) throw await problemOf(answer);
  return answer.status === 204 ? (undefined as Answer) : read(await answer.text());
}

/** AbortSignal.any(), which WebKit of Debian 12 lacks. */
function eitherOf(...signals: AbortSignal[]): AbortSignal {
  const controller = new AbortController();
  for (const signal of signals) {
    if (signal.aborted) controller.abort(signal.reason);
    else signal.addEventListener("abort", () => controller.abort(signal.reason), { once: true });
  }
  return controller.signal;
}
