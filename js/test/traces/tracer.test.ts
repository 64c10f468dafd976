// Spans of a page: what is triggered and delivered, how they hang together, and their way to a receiver.
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { Span } from "../../src/api/traces.js";
import { createTracer } from "../../src/traces.js";
import { eventFrame, member, scripted } from "../support/member.js";

const parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

scripted();

/** A tracer that keeps its spans. */
function keeping(sample = 1) {
  const spans: Span[] = [];
  return { spans, tracer: createTracer({ sample, onSpan: (span) => spans.push(span) }) };
}

const tracedEvent = (trace: unknown) => {
  const frame: unknown[] = eventFrame(1, { text: "Hi" });
  frame[6] = { trace };
  return frame;
};

describe("without a tracer", () => {
  test("an event carries the traceparent of trigger, and not one byte more without it", async () => {
    const { peer, room } = await member();
    room.trigger("message", { text: "a" }, { traceparent: parent }).catch(() => {});
    room.trigger("message", { text: "b" }).catch(() => {});
    expect((await peer.frame(4))[4]).toEqual({ first: 0, resent: 0, trace: parent });
    expect((await peer.frame(4))[4]).toBe(0);
  });

  test("an invalid traceparent cannot make a frame too long", async () => {
    const { peer, room } = await member();
    room.trigger("message", { text: "a" }, { traceparent: `${"x".repeat(100_000)}"` }).catch(() => {});
    expect((await peer.frame(4))[4]).toBe(0);
  });

  test("a message has the trace of its event, or no trace if the event has none", async () => {
    const { peer, room } = await member();
    const messages = room.events("message");
    peer.say(tracedEvent(parent), eventFrame(2, { text: "b" }));
    expect((await messages.next()).value.trace).toBe(parent);
    expect((await messages.next()).value.trace).toBeUndefined();
  });
});

describe("with a tracer", () => {
  test("a publication is a span that ends with its answer, below the span that it is triggered in", async () => {
    const { spans, tracer } = keeping();
    const { peer, room } = await member({ tracer });
    const answer = tracer.span("click", () => room.trigger("message", { text: "Hi" }));
    const { trace } = (await peer.frame(4))[4];
    expect(spans).toEqual([]);
    peer.say([38, 7, 1, 99, 1, 1234, 0]);
    await answer;
    await expect.poll(() => spans.length).toBe(2);
    const [publish, click] = [spans.find(({ name }) => name === "publish message")!, spans.find(({ name }) => name === "click")!];
    expect(trace).toBe(`00-${publish.traceId}-${publish.spanId}-01`);
    expect(publish).toMatchObject({ kind: "producer", parentSpanId: click.spanId, traceId: click.traceId });
    expect(click.parentSpanId).toBeUndefined();
    expect(publish.end).toBeGreaterThanOrEqual(publish.start);
    expect(publish.traceId).toMatch(/^[0-9a-f]{32}$/);
  });

  test("a delivery is a span around its handlers, and what they trigger is below it", async () => {
    const { spans, tracer } = keeping(0);
    const { peer, room } = await member({ tracer });
    room.on("message", () => {
      room.trigger("message", { text: "re" }).catch(() => {});
    });
    room.on("message", () => {
      throw new Error("of a handler");
    });
    peer.say(tracedEvent(parent));
    const trace = (await peer.frame(4))[4].trace as string;
    await expect.poll(() => spans.length).toBeGreaterThan(0);
    const [delivery] = spans;
    expect(delivery).toMatchObject({ name: "deliver message", kind: "consumer", parentSpanId: "00f067aa0ba902b7" });
    expect(trace.slice(3, 35)).toBe(delivery!.traceId);
    expect(room.state).toBe("joined");
  });

  test("an unsampled event carries nothing, and an unsampled context is not followed", async () => {
    const { spans, tracer } = keeping(0);
    const { peer, room } = await member({ tracer });
    room.trigger("message", { text: "a" }).catch(() => {});
    expect((await peer.frame(4))[4]).toBe(0);
    const messages = room.events("message");
    peer.say(tracedEvent(`${parent.slice(0, -1)}0`));
    await messages.next();
    expect(spans).toEqual([]);
  });

  test("a refusal is the span's error, and a function that throws is too", async () => {
    const { spans, tracer } = keeping();
    const { room } = await member({ tracer });
    await expect(room.trigger("message", { text: "" })).rejects.toMatchObject({ code: "too_short" });
    await expect.poll(() => spans[0]?.error).toBe("too_short");
    const thrower = () => {
      throw new TypeError("no");
    };
    expect(() => tracer.span("work", thrower)).toThrow("no");
    expect(spans[1]).toMatchObject({ name: "work", error: "TypeError" });
  });

  test("an onSpan that throws affects nothing else", async () => {
    const reported: unknown[] = [];
    const before = globalThis.reportError;
    globalThis.reportError = (error) => reported.push(error);
    const tracer = createTracer({
      sample: 1,
      onSpan: () => {
        throw new Error("of the application");
      },
    });
    expect(tracer.span("work", () => 1)).toBe(1);
    globalThis.reportError = before;
    expect(reported).toHaveLength(1);
  });
});

describe("to a receiver", () => {
  let receiver: Server | undefined;
  afterEach(() => receiver?.close());

  /** Answers with these statuses, then 200; keeps bodies and header fields. */
  async function receive(...statuses: number[]) {
    const bodies: any[] = [];
    const fields: any[] = [];
    receiver = createServer(async (request, response) => {
      let text = "";
      for await (const part of request) text += part;
      const status = statuses.shift() ?? 200;
      fields.push({ ...request.headers, path: request.url });
      if (status === 200) bodies.push(JSON.parse(text));
      response.writeHead(status).end();
    }).listen(0, "127.0.0.1");
    await once(receiver, "listening");
    return { url: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`, bodies, fields };
  }

  const spansOf = (bodies: any[]) => bodies.flatMap(({ resourceSpans: [{ scopeSpans }] }) => scopeSpans[0].spans);

  test("spans are OTLP's JSON: ids in hexadecimal, times as text, kinds as numbers", async () => {
    const { url, bodies, fields } = await receive();
    const tracer = createTracer({ url, sample: 1, serviceName: "shop", headers: { "X-Key": "secret" } });
    tracer.span("work", () => {});
    await tracer.flush();
    const [{ resource, scopeSpans }] = bodies[0].resourceSpans;
    expect(resource.attributes).toEqual([{ key: "service.name", value: { stringValue: "shop" } }]);
    const [span] = scopeSpans[0].spans;
    expect(span).toMatchObject({ name: "work", kind: 1, attributes: [] });
    expect(span.startTimeUnixNano).toMatch(/^\d{19}$/);
    expect(Math.abs(Number(span.endTimeUnixNano) / 1e6 - Date.now())).toBeLessThan(60_000);
    expect(fields[0]).toMatchObject({ path: "/v1/traces", "x-key": "secret", "content-type": "application/json" });
  });

  test("temporarily refused spans are sent again, and permanently refused ones are counted", async () => {
    const { url, bodies } = await receive(503);
    const tracer = createTracer({ url: `${url}/v1/traces`, sample: 1 });
    tracer.span("again", () => {});
    const sent = tracer.flush();
    await expect
      .poll(() => {
        void tracer.flush(); // which ends the pause
        return spansOf(bodies).length;
      })
      .toBe(1);
    await sent;
    expect(tracer.dropped).toBe(0);
    receiver!.close();
    const refusing = await receive(400);
    const other = createTracer({ url: refusing.url, sample: 1 });
    other.span("refused", () => {});
    await other.flush();
    expect(other.dropped).toBe(1);
  });

  test("at most 1,024 spans wait, and the others are counted", async () => {
    const { url, bodies } = await receive();
    const tracer = createTracer({ url, sample: 1 });
    // The first batch leaves at 256 spans, and is under way meanwhile.
    for (let i = 0; i < 256 + 1024 + 10; ++i) tracer.span("work", () => {});
    expect(tracer.dropped).toBe(10);
    await tracer.flush();
    expect(spansOf(bodies)).toHaveLength(256 + 1024);
  });

  test("F-J26 a page that ends sends the spans that fit, if any wait, and keeps the others", async () => {
    const page = new EventTarget();
    vi.stubGlobal("addEventListener", page.addEventListener.bind(page));
    const { url, bodies } = await receive();
    const tracer = createTracer({ url, sample: 1 });
    vi.unstubAllGlobals();
    const fetched = vi.spyOn(globalThis, "fetch");
    page.dispatchEvent(new Event("pagehide"));
    expect(fetched).not.toHaveBeenCalled();
    for (let i = 0; i < 8; ++i) tracer.span("x".repeat(10_000), () => {});
    page.dispatchEvent(new Event("pagehide"));
    await expect.poll(() => spansOf(bodies)).toHaveLength(4);
    expect(fetched.mock.lastCall![1]).toMatchObject({ keepalive: true });
    await tracer.flush();
    expect([spansOf(bodies).length, tracer.dropped]).toEqual([8, 0]);
    fetched.mockRestore();
  });
});
