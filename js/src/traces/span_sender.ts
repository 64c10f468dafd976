// Spans on their way to a receiver of OTLP over HTTP: in batches, with a bound, each batch until it is taken or given up.
import type { Span, TracerOptions } from "../api/traces.js";

const waitingMax = 1024;
const batchMax = 256;
const intervalMs = 1000;
const backoffMsMax = 30_000;
const triesMax = 5;
const keepaliveCharsMax = 60_000; // browsers send 64 KiB at most once the page has ended
const kinds = { internal: 1, producer: 4, consumer: 5 };
const forNow = new Set([429, 502, 503, 504]);

/** Nanoseconds as text: they are more than a number holds. */
const nanoseconds = (ms: number) => `${Math.floor(ms)}${String(Math.floor((ms % 1) * 1e6)).padStart(6, "0")}`;
const attributesOf = (values: Readonly<Record<string, string>>) =>
  Object.entries(values).map(([key, stringValue]) => ({ key, value: { stringValue } }));

const otlpSpan = ({ traceId, spanId, parentSpanId, name, kind, start, end, attributes, error }: Span) => ({
  traceId,
  spanId,
  parentSpanId,
  name,
  kind: kinds[kind],
  startTimeUnixNano: nanoseconds(start),
  endTimeUnixNano: nanoseconds(end),
  attributes: attributesOf(attributes),
  status: error === undefined ? undefined : { code: 2, message: error },
});

const tracesUrl = (base: string | URL): string => {
  const url = `${base}`.replace(/\/+$/, "");
  return url.endsWith("/v1/traces") ? url : `${url}/v1/traces`;
};

export class SpanSender {
  dropped = 0;
  readonly #url: string;
  readonly #headers: Record<string, string>;
  readonly #serviceName: string;
  #waiting: Span[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #sending: Promise<void> | undefined;
  #wake: (() => void) | undefined;

  constructor({ url, headers, serviceName = "dialogue-client" }: TracerOptions) {
    this.#url = tracesUrl(url!);
    this.#headers = { ...headers, "Content-Type": "application/json" };
    this.#serviceName = serviceName;
    globalThis.addEventListener?.("pagehide", () => this.#sendLast());
  }

  add(span: Span): void {
    if (this.#waiting.length >= waitingMax) {
      this.dropped += 1;
      return;
    }
    this.#waiting.push(span);
    if (this.#waiting.length >= batchMax) void this.flush();
    else this.#timer ??= setTimeout(() => void this.flush(), intervalMs);
  }

  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#wake?.();
    return (this.#sending ??= this.#sendAll().finally(() => (this.#sending = undefined)));
  }

  async #sendAll(): Promise<void> {
    while (this.#waiting.length) await this.#deliver(this.#waiting.splice(0, batchMax));
  }

  async #deliver(batch: readonly Span[]): Promise<void> {
    const body = this.#bodyOf(batch);
    for (let tries = 1, backoffMs = intervalMs; ; ++tries, backoffMs = Math.min(2 * backoffMs, backoffMsMax)) {
      const answer = await this.#post(body).catch(() => undefined);
      if (answer?.ok) return;
      if ((answer && !forNow.has(answer.status)) || tries === triesMax) break;
      const afterMs = 1000 * Number(answer?.headers.get("Retry-After")) || 0;
      await this.#pause(Math.min(Math.max(backoffMs, afterMs), backoffMsMax));
    }
    this.dropped += batch.length;
  }

  /** Ends early when flush() is called. */
  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** The page may end: one try for what fits. The rest waits for a page that is kept. */
  #sendLast(): void {
    for (let size = Math.min(this.#waiting.length, batchMax); size; size >>= 1) {
      const body = this.#bodyOf(this.#waiting.slice(0, size));
      if (body.length >= keepaliveCharsMax) continue;
      this.#waiting.splice(0, size);
      this.#post(body).catch(() => (this.dropped += size));
      break;
    }
  }

  #post(body: string): Promise<Response> {
    const keepalive = body.length < keepaliveCharsMax;
    return fetch(this.#url, { method: "POST", headers: this.#headers, body, keepalive, credentials: "omit" });
  }

  #bodyOf(spans: readonly Span[]): string {
    const resource = { attributes: attributesOf({ "service.name": this.#serviceName }) };
    const scopeSpans = [{ scope: { name: "dialogue-client" }, spans: spans.map(otlpSpan) }];
    return JSON.stringify({ resourceSpans: [{ resource, scopeSpans }] });
  }
}
