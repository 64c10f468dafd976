// A receiver of OTLP over HTTP that takes nothing but what the specification allows, and keeps the spans.
import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { createServer } from "node:http";
import { kPatienceMs } from "../../../patience.mjs";

const kSpanMembers = [
  ..."traceId spanId parentSpanId traceState name kind startTimeUnixNano endTimeUnixNano attributes links status".split(" "),
];

function checkAttributes(attributes = []) {
  for (const { key, value, ...more } of attributes) {
    assert.deepEqual(more, {});
    assert.match(key, /^[a-z][a-z._]+$/);
    const [[kind, held], ...others] = Object.entries(value);
    assert.equal(others.length, 0);
    if (kind === "intValue") assert.match(held, /^-?\d+$/);
    else assert.equal(typeof held, { stringValue: "string", boolValue: "boolean" }[kind]);
  }
}

function checkSpan(span) {
  for (const member of Object.keys(span)) assert.ok(kSpanMembers.includes(member), member);
  assert.match(span.traceId, /^(?!0{32})[0-9a-f]{32}$/);
  assert.match(span.spanId, /^(?!0{16})[0-9a-f]{16}$/);
  if (span.parentSpanId !== undefined) assert.match(span.parentSpanId, /^(?!0{16})[0-9a-f]{16}$/);
  assert.ok(span.name.length > 0);
  assert.ok([1, 2, 3].includes(span.kind));
  for (const time of [span.startTimeUnixNano, span.endTimeUnixNano]) assert.match(time, /^\d{19}$/);
  assert.ok(BigInt(span.endTimeUnixNano) >= BigInt(span.startTimeUnixNano));
  assert.ok(Math.abs(Number(span.endTimeUnixNano) / 1e6 - Date.now()) < 600_000);
  if (span.status) assert.ok([0, 1, 2].includes(span.status.code));
  checkAttributes(span.attributes);
}

/** Throws where it is no body of POST /v1/traces; else its spans. */
export function spansOf(body) {
  const { resourceSpans, ...more } = JSON.parse(body);
  assert.deepEqual(more, {});
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    checkAttributes(resource.attributes);
    const service = resource.attributes.find(({ key }) => key === "service.name");
    assert.equal(service.value.stringValue, "dialogue");
    return scopeSpans.flatMap(({ scope, spans }) => {
      assert.equal(scope.name, "dialogue");
      for (const span of spans) checkSpan(span);
      return spans;
    });
  });
}

export class Receiver {
  spans = [];
  faults = [];
  /** The header fields of each request. */
  fields = [];
  /** The statuses of the next answers; 200 where there are none. */
  statuses = [];
  #server;
  #came = new EventEmitter();

  static async start() {
    const receiver = new Receiver();
    receiver.#server = createServer((request, response) => receiver.#answer(request, response));
    await once(receiver.#server.listen(0, "127.0.0.1"), "listening");
    return receiver;
  }

  get url() {
    return `http://127.0.0.1:${this.#server.address().port}`;
  }

  async #answer(request, response) {
    let body = "";
    for await (const part of request) body += part;
    const status = this.statuses.shift() ?? 200;
    this.fields.push(request.headers);
    try {
      assert.equal(request.method, "POST");
      assert.equal(request.url, "/v1/traces");
      assert.equal(request.headers["content-type"], "application/json");
      const spans = spansOf(body);
      if (status === 200) this.spans.push(...spans);
    } catch (fault) {
      this.faults.push(fault);
    }
    response.writeHead(status, { "content-type": "application/json" }).end("{}");
    this.#came.emit("request");
  }

  /** Waits until `find(spans)` gives something, and gives that. Throws what was wrong with any request. */
  async until(find) {
    const signal = AbortSignal.timeout(kPatienceMs);
    for (;;) {
      if (this.faults.length > 0) throw this.faults[0];
      const found = find(this.spans);
      if (found) return found;
      await once(this.#came, "request", { signal });
    }
  }

  async stop() {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }
}

/** The attributes of a span, by name. */
export const attributesOf = (span) =>
  Object.fromEntries((span.attributes ?? []).map(({ key, value }) => [key, Object.values(value)[0]]));
