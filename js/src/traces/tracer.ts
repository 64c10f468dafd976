// Spans of one page: its publications, its deliveries, and the application's own spans around them. The current span is
// the one whose function is running; an await ends that, because browsers carry no context over it.
import type { Receipt } from "../api/messages.js";
import type { TriggerOptions } from "../api/room.js";
import type { Span, Tracer, TracerOptions } from "../api/traces.js";
import type { Core } from "../core/core.js";
import { ActionKind } from "../generated/tables.js";
import { reportUncaught } from "../util/emitter.js";
import { SpanSender } from "./span_sender.js";

const sampleDefault = 0.01;
/** Where an EVENT has what is read here. */
const eventPlaces = { number: 2, ext: 6 };

/** What is observed of a client; client/driver.ts is it. */
interface Traced {
  readonly rooms: {
    publish(room: object, event: string, data: unknown, options?: TriggerOptions): Promise<Receipt>;
    perform(core: Core, kind: ActionKind, handle: number, frame: any[], first: number, second: number): void;
  };
}

/** What a span's children need of it. */
interface Context {
  readonly traceId: string;
  readonly spanId: string;
}

const randomHex = (bytes: number) =>
  Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, "0")).join("");
const now = () => performance.timeOrigin + performance.now();
const traceparentOf = ({ traceId, spanId }: Context) => `00-${traceId}-${spanId}-01`;

/** The context of a `traceparent` that is sampled. */
function contextOf(traceparent: string): Context | undefined {
  const [, traceId, spanId, flags] = traceparent.split("-");
  return traceId && spanId && Number.parseInt(flags!, 16) & 1 ? { traceId, spanId } : undefined;
}

class SpanTracer implements Tracer {
  readonly #options: TracerOptions;
  readonly #sender: SpanSender | undefined;
  #inHand: Context | undefined;

  constructor(options: TracerOptions) {
    this.#options = options;
    this.#sender = options.url ? new SpanSender(options) : undefined;
  }

  get dropped(): number {
    return this.#sender?.dropped ?? 0;
  }

  span<Result>(name: string, work: () => Result): Result {
    return this.#follow(name, "internal", {}, this.#inHand ?? this.#begin(), work);
  }

  attach(client: object): void {
    const { rooms } = client as Traced;
    const publish = rooms.publish.bind(rooms);
    const perform = rooms.perform.bind(rooms);
    rooms.publish = (room, event, data, options) => {
      const given = options?.traceparent;
      const parent = given === undefined ? (this.#inHand ?? this.#begin()) : contextOf(given);
      return this.#follow(`publish ${event}`, "producer", { "dialogue.event": event }, parent, (context) =>
        publish(room, event, data, context ? { ...options, traceparent: traceparentOf(context) } : options),
      );
    };
    rooms.perform = (core, kind, handle, frame, first, second) => {
      const trace = kind === ActionKind.deliver && frame[eventPlaces.ext].trace;
      const deliver = () => perform(core, kind, handle, frame, first, second);
      if (!trace) return deliver();
      const event = core.events[frame[eventPlaces.number] - 1] ?? "";
      this.#follow(`deliver ${event}`, "consumer", { "dialogue.event": event }, contextOf(trace), deliver);
    };
  }

  async flush(): Promise<void> {
    await this.#sender?.flush();
  }

  /** A trace that begins here, if it is one of the sample. */
  #begin(): Context | undefined {
    const { sample = sampleDefault } = this.#options;
    return Math.random() < sample ? { traceId: randomHex(16), spanId: "" } : undefined;
  }

  /** Calls `work` within a span below `parent`; without one there is none. */
  #follow<Result>(
    name: string,
    kind: Span["kind"],
    attributes: Span["attributes"],
    parent: Context | undefined,
    work: (context?: Context) => Result,
  ): Result {
    if (!parent) return work();
    const { traceId, spanId: parentSpanId } = parent;
    const context = { traceId, spanId: randomHex(8) };
    const start = now();
    const end = (error?: string) =>
      this.#take({ ...context, parentSpanId: parentSpanId || undefined, name, kind, start, end: now(), attributes, error });
    const failed = (error: any) => end(error?.code ?? error?.name ?? "error");
    const before = this.#inHand;
    this.#inHand = context;
    try {
      const result = work(context);
      if (result instanceof Promise) result.then(() => end(), failed);
      else end();
      return result;
    } catch (error) {
      failed(error);
      throw error;
    } finally {
      this.#inHand = before;
    }
  }

  #take(span: Span): void {
    try {
      this.#options.onSpan?.(span);
    } catch (error) {
      reportUncaught(error); // delivery of the span's event continues
    }
    this.#sender?.add(span);
  }
}

/**
 * Makes a tracer, for the option `tracer` of a client. The trace of an event goes with it: through the server, which has
 * spans of its own, and to the clients that receive it.
 *
 * @example
 * const tracer = createTracer({ url: "https://otel.example.com", sample: 0.1 });
 * const client = createDialogueClient({ app, auth, tracer });
 * button.onclick = () => tracer.span("click", () => chat.trigger("message", { text: "Hi" }));
 */
export const createTracer = (options: TracerOptions): Tracer => new SpanTracer(options);
