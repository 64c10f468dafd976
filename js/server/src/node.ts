// Hooks for Node's http, and for frameworks over it: reads the body as it was sent.
import { DialogueServerError } from "./errors.js";
import type { Hooks } from "./hook_types.js";

const kBodyBytesMax = 16 * 1024 * 1024;

/** What is used of Node's `IncomingMessage`, with the `body` that Express' parsers leave. */
export interface NodeRequest extends AsyncIterable<unknown> {
  /** The method. */
  readonly method?: string | undefined;
  /** The headers. */
  readonly headers: { readonly [name: string]: string | string[] | undefined };
  /** What a parser has made of the body. */
  readonly body?: unknown;
  /** Whether the body has been read. */
  readonly readableEnded?: boolean;
}

/** What is used of Node's `ServerResponse`. */
export interface NodeResponse {
  /** The status. */
  statusCode: number;
  /** Sets a header. */
  setHeader(name: string, value: string): unknown;
  /** Sends the body. */
  end(body: string): unknown;
}

/** The bytes of the body, or the error of a parser that came before. */
async function rawBody(request: NodeRequest): Promise<Uint8Array> {
  const { body } = request;
  if (body instanceof Uint8Array) return body;
  if (typeof body === "string") return new TextEncoder().encode(body);
  if (body !== undefined || request.readableEnded)
    throw new DialogueServerError(
      "request_invalid",
      "hooks: express.json() or another parser has read the body, whose bytes the signature needs: mount the hooks before it",
    );
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of request) {
    parts.push(part as Uint8Array);
    size += (part as Uint8Array).length;
    if (size > kBodyBytesMax)
      throw new DialogueServerError("payload_too_large", `hooks: the body has more than ${kBodyBytesMax} bytes`);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** A Web-standard request of what hooks read: method, signature and body. */
export async function toRequest(request: NodeRequest): Promise<Request> {
  const method = request.method ?? "GET";
  const signature = request.headers["dialogue-signature"];
  const headers = typeof signature === "string" ? { "Dialogue-Signature": signature } : {};
  const body = method === "POST" ? { body: (await rawBody(request)) as Uint8Array<ArrayBuffer> } : {};
  return new Request("http://localhost/", { method, headers, ...body });
}

/**
 * Returns a listener for `node:http`. If a framework passes `next`, it is called with errors of the mounting.
 *
 * @example
 * createServer(nodeListener(hooks)).listen(3000);
 */
export function nodeListener(hooks: Hooks) {
  return async (request: NodeRequest, response: NodeResponse, next?: (error: unknown) => void): Promise<void> => {
    try {
      const answer = await hooks(await toRequest(request));
      response.statusCode = answer.status;
      response.setHeader("Content-Type", "application/json");
      response.end(await answer.text());
    } catch (error) {
      if (next) return next(error);
      console.error(error);
      response.statusCode = 500;
      response.end("");
    }
  };
}
