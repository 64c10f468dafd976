// A network that says exactly what a test tells it to, without sockets: `fetch` and WebSockets whose other end is the test.
//
//   const network = new ScriptedNetwork();            // replaces fetch
//   const request = await network.request("stream");  // the next one, by the last word of its path
//   request.stream(head).say(frame);                  // or answer(), fail()
import { vi } from "vitest";
import type { WebSocketLike } from "../../src/index.js";

/** A request of a tunnel. */
export class TunnelRequest {
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  /** The first line of its body, and the frames. */
  readonly head: any;
  readonly frames: string[];

  constructor(
    readonly path: string,
    readonly body: string,
    readonly init: RequestInit,
    private readonly resolve: (response: Response) => void,
    private readonly reject: (error: unknown) => void,
  ) {
    const [head, ...frames] = body.split("\n");
    this.head = JSON.parse(head!);
    this.frames = frames;
    init.signal?.addEventListener("abort", () => this.cut(init.signal!.reason));
  }

  get isAborted(): boolean {
    return !!this.init.signal?.aborted;
  }

  /** A whole response. */
  answer(head: object | string, frames: string[] = [], status = 200, headers: Record<string, string> = {}): void {
    const text = typeof head === "string" ? head : [JSON.stringify(head), ...frames].join("\n");
    this.resolve(new Response(text, { status, headers: { "Content-Type": "text/plain; charset=utf-8", ...headers } }));
  }

  /** A response that goes on. */
  stream(head?: object): this {
    const body = new ReadableStream<Uint8Array>({ start: (controller) => void (this.#controller = controller) });
    this.resolve(new Response(body, { headers: { "Content-Type": "text/event-stream" } }));
    if (head) this.bytes(`:${" ".repeat(20)}\ndata: ${JSON.stringify(head)}\n\n`);
    return this;
  }

  say(...frames: string[]): this {
    return this.bytes(frames.map((frame) => `data: ${frame}\n\n`).join(""));
  }
  bytes(text: string | Uint8Array): this {
    this.#controller!.enqueue(typeof text === "string" ? new TextEncoder().encode(text) : text);
    return this;
  }
  end(): void {
    this.#controller!.close();
  }

  /** The connection is lost, before the response or within it. */
  cut(error: unknown = new TypeError("fetch failed")): void {
    this.reject(error);
    try {
      this.#controller?.error(error);
    } catch {
      // it had ended
    }
  }
}

/** A WebSocket whose server is the test. */
export class TestSocket implements WebSocketLike {
  protocol = "";
  onopen: WebSocketLike["onopen"] = null;
  onmessage: WebSocketLike["onmessage"] = null;
  onclose: WebSocketLike["onclose"] = null;
  onerror: WebSocketLike["onerror"] = null;
  readonly sent: string[] = [];
  closedWith: number | undefined;

  constructor(
    readonly url: string,
    readonly offered: string[],
  ) {}

  send(text: string): void {
    this.sent.push(text);
  }
  close(code?: number): void {
    this.closedWith = code;
  }
  /** The handshake succeeds; the server takes the first message with it, or not. */
  open(takesFirst = true): void {
    this.protocol = this.offered[takesFirst ? 1 : 0] ?? this.offered[0]!;
    this.onopen?.({});
  }
  say(message: string): void {
    this.onmessage?.({ data: message });
  }
  fail(code = 1006): void {
    this.onclose?.({ code });
  }
}

export class ScriptedNetwork {
  readonly requests: TunnelRequest[] = [];
  readonly sockets: TestSocket[] = [];
  readonly #taken = new Set<TunnelRequest>();

  constructor() {
    vi.stubGlobal(
      "fetch",
      (url: URL, init: RequestInit) =>
        new Promise<Response>((resolve, reject) => {
          const path = url.pathname.split("/").at(-1)!;
          this.requests.push(new TunnelRequest(path, `${init.body}`, init, resolve, reject));
        }),
    );
  }

  /** The class of its WebSockets. */
  get WebSocket() {
    const { sockets } = this;
    return class extends TestSocket {
      constructor(url: string, offered: string[]) {
        super(url, offered);
        sockets.push(this);
      }
    };
  }

  /** The oldest request of this path that was not taken; undefined where there is none. */
  next(path: string): TunnelRequest | undefined {
    const found = this.requests.find((request) => request.path === path && !this.#taken.has(request));
    if (found) this.#taken.add(found);
    return found;
  }

  /** The same, once there is one, without time passing. */
  async request(path: string): Promise<TunnelRequest> {
    for (let turn = 0; turn < 100; ++turn) {
      const found = this.next(path);
      if (found) return found;
      await settled();
    }
    throw new Error(`no ${path} among ${this.requests.map((request) => request.path)}`);
  }
}

/** Waits for a condition without time passing, which vi.waitFor lets pass. */
export async function soon(check: () => void): Promise<void> {
  for (let turn = 0; turn < 100; ++turn) {
    try {
      return check();
    } catch {
      await settled();
    }
  }
  check();
}

/** All that needs no time has happened. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; ++turn) await Promise.resolve();
  await new Promise((resolve) => setImmediate(resolve));
}
