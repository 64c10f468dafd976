// A receiver of OTLP over HTTP that pages of any origin may post to; keeps the spans, with the service that each is of.
import { EventEmitter, once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { kPatienceMs } from "../../tests/patience.mjs";

export interface ReceivedSpan {
  service: string;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
}

interface Body {
  resourceSpans: {
    resource: { attributes: { key: string; value: { stringValue: string } }[] };
    scopeSpans: { spans: Omit<ReceivedSpan, "service">[] }[];
  }[];
}

const spansOf = ({ resourceSpans }: Body): ReceivedSpan[] =>
  resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = resource.attributes.find(({ key }) => key === "service.name")!.value.stringValue;
    return scopeSpans.flatMap(({ spans }) => spans.map((span) => ({ ...span, service })));
  });

export class OtlpReceiver {
  readonly spans: ReceivedSpan[] = [];
  readonly #came = new EventEmitter();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer(async (request, response) => {
      const fields = { "access-control-allow-origin": "*", "access-control-allow-headers": "content-type" };
      let text = "";
      for await (const part of request) text += part;
      response.writeHead(200, { ...fields, "content-type": "application/json" }).end("{}");
      if (request.method !== "POST" || request.url !== "/v1/traces") return;
      this.spans.push(...spansOf(JSON.parse(text) as Body));
      this.#came.emit("spans");
    });
  }

  static async start(): Promise<OtlpReceiver> {
    const receiver = new OtlpReceiver();
    await once(receiver.#server.listen(0, "127.0.0.1"), "listening");
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Waits until `find` gives something. */
  async until<T>(find: (spans: readonly ReceivedSpan[]) => T | undefined): Promise<T> {
    const signal = AbortSignal.timeout(kPatienceMs);
    for (;;) {
      const found = find(this.spans);
      if (found !== undefined) return found;
      await once(this.#came, "spans", { signal });
    }
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
