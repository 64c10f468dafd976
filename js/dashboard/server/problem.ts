// The error of a request to the server: a sentence that says what failed and what to do.

/** A failed request: the status of its answer, or 0 without an answer. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    message: string,
    /** Details of the server's answer: code, path, scope. */
    readonly fields: Readonly<Record<string, unknown>> = {},
    readonly retryAfterMs?: number,
  ) {
    super(message);
  }

  /** Whether the same request may succeed later. */
  get isPassing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }

  get code(): string | undefined {
    return textOf(this.fields["code"]);
  }
  get scope(): string | undefined {
    return textOf(this.fields["scope"]);
  }
}

/** The problem of an answer (RFC 9457). */
export async function problemOf(answer: Response): Promise<Problem> {
  let fields: Record<string, unknown> = {};
  try {
    const body: unknown = await answer.json();
    if (body && typeof body === "object") fields = body as Record<string, unknown>;
  } catch {
    // A proxy's page, for example. The status is enough.
  }
  const text = textOf(fields["detail"]) ?? textOf(fields["title"]) ?? `The server answered ${answer.status}.`;
  const retryAfter = Number(answer.headers.get("Retry-After"));
  return new Problem(answer.status, text, fields, retryAfter > 0 ? retryAfter * 1_000 : undefined);
}

/** What to do about it. */
export function adviceFor(problem: Problem): string {
  if (problem.status === 0) return "The page retries by itself. Check that the server runs and that this device reaches it.";
  if (problem.status === 401) return "Enter a key of the server's --api-key-file or --api-key-env.";
  if (problem.scope) return `Use a key with the scope "${problem.scope}": add it to the key's line, and reload the server.`;
  if (problem.status === 403) return "Enter a key with the right to do this.";
  if (problem.status === 404) return "It may have ended in the meantime. Return to the list.";
  if (problem.status === 429) return "The page waits, then retries. --api-key-requests sets the limit.";
  if (problem.status >= 500) return "The page retries by itself. The server's log has the reason.";
  return "";
}

const textOf = (value: unknown): string | undefined => (typeof value === "string" && value ? value : undefined);
