// A server of push streams that says exactly what a test tells it to, over real HTTP.
//
//   const server = await ScriptedStreams.start();
//   const request = await server.request();           // the next one
//   request.open("data: ...\n\n");                     // 200, and these bytes; more by say()
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export class StreamRequest {
  readonly gone: Promise<unknown>;

  constructor(
    readonly incoming: IncomingMessage,
    private readonly response: ServerResponse,
  ) {
    this.gone = once(response, "close");
  }

  get lastEventId(): string | undefined {
    return this.incoming.headers["last-event-id"] as string | undefined;
  }
  get query(): URLSearchParams {
    return new URL(this.incoming.url!, "http://server.test").searchParams;
  }
  /** Begins a stream; its first block is dialogue.open. */
  open(text = ""): this {
    this.response.writeHead(200, { "Content-Type": "text/event-stream" });
    const opening = JSON.stringify({ userId: "ann", session: "s", rooms: ["news"] });
    return this.say(`retry: 20\n\nevent: dialogue.open\ndata: ${opening}\n\n${text}`);
  }
  say(text: string): this {
    this.response.write(text);
    return this;
  }
  /** A message of the room news. */
  note(seq: number, text = `note ${seq}`): this {
    const message = { event: "note", roomId: "news", data: { text }, from: "bob", timestamp: 1, seq, epoch: 14 };
    return this.say(`id: e.${seq.toString(36)}\nevent: note\ndata: ${JSON.stringify(message)}\n\n`);
  }
  end(): void {
    this.response.end();
  }
  cut(): void {
    this.response.socket?.resetAndDestroy();
  }
  answer(status: number, body: object | string = "", headers: Record<string, string> = {}): void {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    this.response.writeHead(status, {
      "Content-Type": typeof body === "string" ? "text/html" : "application/problem+json",
      ...headers,
    });
    this.response.end(text || undefined);
  }
}

export class ScriptedStreams {
  readonly #requests: StreamRequest[] = [];
  #waiting: ((request: StreamRequest) => void)[] = [];
  total = 0;

  private constructor(private readonly server: Server) {
    server.on("request", (incoming, response) => {
      this.total += 1;
      const request = new StreamRequest(incoming, response);
      const waiting = this.#waiting.shift();
      if (waiting) waiting(request);
      else this.#requests.push(request);
    });
  }

  static async start(): Promise<ScriptedStreams> {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new ScriptedStreams(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  request(): Promise<StreamRequest> {
    const request = this.#requests.shift();
    return request ? Promise.resolve(request) : new Promise((resolve) => this.#waiting.push(resolve));
  }

  async stop(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
  }
}
