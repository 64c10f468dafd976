// Traces: what `createTracer` of `dialogue-client/traces` takes and makes.

/** A span that ended. */
export interface Span {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
  /** The span that it is a part of; absent if the trace begins with it. */
  readonly parentSpanId?: string | undefined;
  /** What was done, such as `publish message`. */
  readonly name: string;
  /** `producer` for an event that was triggered, `consumer` for one that was delivered. */
  readonly kind: "internal" | "producer" | "consumer";
  /** When it began, in milliseconds since 1970, with fractions. */
  readonly start: number;
  /** When it ended, likewise. */
  readonly end: number;
  /** What it is about: names only, no payloads, users or ids of rooms. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Why it failed; absent if it did not. */
  readonly error?: string | undefined;
}

/** What `createTracer` takes. Spans go to a receiver, to a function, or to both. */
export interface TracerOptions {
  /** The base URL of a receiver of OTLP over HTTP; spans are posted as JSON to `/v1/traces` below it. */
  url?: string | URL;
  /** Header fields of the requests to `url`. Anyone who opens the page can read them. */
  headers?: Record<string, string>;
  /** Gets each span when it ends. */
  onSpan?: (span: Span) => void;
  /** The resource's `service.name`. Default: `dialogue-client`. */
  serviceName?: string;
  /** The share of traces begun here that is followed, 0 to 1. Default: 0.01. */
  sample?: number;
}

/** Makes spans of what clients trigger and receive: what `createTracer` returns, for the option `tracer` of a client. */
export interface Tracer {
  /**
   * Calls `work` within a span; events that it triggers before its first `await` belong to it. The span ends with `work`, or
   * with the promise that it returns.
   */
  span<Result>(name: string, work: () => Result): Result;
  /** Sends what waits. Resolves when it was delivered or given up. */
  flush(): Promise<void>;
  /** How many spans were lost, because more than 1024 waited or the receiver refused them. */
  readonly dropped: number;
  /** Called by the client only. */
  attach(client: object): void;
}
