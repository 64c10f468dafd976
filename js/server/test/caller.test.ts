// When calls are retried, and what they end with: a scripted fetch, and timers of the test.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createDialogueServer } from "../src/index.js";
import { kKey } from "./support/program.js";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const receipt = { room: "chat", seq: 1, epoch: 2, timestamp: 3, duplicate: false };
const ok = () => Response.json(receipt);
const problem =
  (status: number, more: object = {}) =>
  () =>
    new Response(JSON.stringify({ status, code: "rate_limited", detail: "Too fast.", ...more }), { status });
const lost = () => {
  throw new TypeError("fetch failed", { cause: { code: "ECONNREFUSED" } });
};

/** A server behind `answers`, one for each request; and the requests, with the times at which they came. */
function scripted(...answers: (() => Response)[]) {
  const requests: { url: string; init: RequestInit; at: number }[] = [];
  const start = Date.now();
  const fetch = async (url: any, init: any) => {
    requests.push({ url, init, at: Date.now() - start });
    return answers[requests.length - 1]!();
  };
  const server = createDialogueServer({ url: "http://127.0.0.1:8080/", key: kKey, fetch, timeoutMs: 1000 });
  return { server, requests };
}

const settled = async (promise: Promise<unknown>) => {
  const result = promise.catch((error) => error);
  await vi.runAllTimersAsync();
  return result;
};
const publish = (server: any, options: object = {}) => server.publish("chat", "message", { text: "Hi" }, options);
const safe = { idempotencyKey: "order-1" };

test("a publication with an idempotency key is repeated until there is an answer, with that key", async () => {
  const { server, requests } = scripted(lost, problem(503, { code: "draining", retryAfterMs: 250 }), ok);
  expect(await settled(publish(server, safe))).toEqual(receipt);
  expect(requests.map(({ at }) => at)).toEqual([0, 1000, 1250]);
  expect(requests.map(({ init }) => (init.headers as any)["Idempotency-Key"])).toEqual(["order-1", "order-1", "order-1"]);
  expect(requests[0]!.init).toMatchObject({ redirect: "manual", cache: "no-store" });
});

test("a publication without one is sent once: its outcome is unknown", async () => {
  const { server, requests } = scripted(lost);
  const error = await settled(publish(server));
  expect(error).toMatchObject({ code: "outcome_unknown" });
  expect((error as Error).message).toMatch(/ECONNREFUSED.*with an idempotencyKey a retry is safe/);
  expect(requests.length).toBe(1);
});

test("without one, 503 ends it too, and 429 is waited out: nothing was published", async () => {
  const once = scripted(problem(503, { code: "store_unavailable" }));
  expect(await settled(publish(once.server))).toMatchObject({ code: "store_unavailable", status: 503 });
  const limited = scripted(problem(429, { retryAfterMs: 2000 }), ok);
  expect(await settled(publish(limited.server))).toEqual(receipt);
  expect(limited.requests[1]!.at).toBe(2000);
});

test("five attempts are the bound, and a wait of more than 30 s is the caller's", async () => {
  const { server, requests } = scripted(lost, lost, lost, lost, lost);
  expect(await settled(server.history("chat"))).toMatchObject({ code: "connection_lost" });
  expect(requests.length).toBe(5);
  const long = scripted(problem(503, { retryAfterMs: 30_001 }));
  expect(await settled(publish(long.server, safe))).toMatchObject({ retryAfterMs: 30_001 });
});

test("a refusal is never repeated", async () => {
  const { server, requests } = scripted(problem(422, { code: "too_short", path: "$.data" }));
  expect(await settled(publish(server, safe))).toMatchObject({ code: "too_short", path: "$.data", status: 422 });
  expect(requests.length).toBe(1);
});

test("a server that does not answer ends the request at the time limit", async () => {
  const fetch = (_: any, { signal }: any) =>
    new Promise<Response>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  const server = createDialogueServer({ url: "http://127.0.0.1:8080", key: kKey, fetch, timeoutMs: 500, attempts: 1 });
  const error = await settled(server.members("chat"));
  expect(error).toMatchObject({ code: "connection_lost", message: expect.stringContaining("within 500 ms") });
});

test("a signal ends a call: before it, in a request, and in a pause", async () => {
  const { server, requests } = scripted(lost);
  expect(await settled(publish(server, { ...safe, signal: AbortSignal.abort() }))).toMatchObject({ code: "aborted" });
  expect(requests.length).toBe(0);
  const pausing = new AbortController();
  const call = publish(server, { ...safe, signal: pausing.signal }).catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(500);
  pausing.abort();
  expect(await call).toMatchObject({ code: "aborted" });
  expect(requests.length).toBe(1);
  expect(vi.getTimerCount()).toBe(0);
});

test("an answer that is not of a Dialogue server says so", async () => {
  const { server } = scripted(() => new Response("<html>", { status: 404 }));
  const error = await settled(publish(server));
  expect(error).toMatchObject({
    code: "not_supported",
    status: 404,
    message: expect.stringContaining("not of a Dialogue server"),
  });
  const redirected = scripted(() => new Response("", { status: 302 }));
  expect(await settled(publish(redirected.server))).toMatchObject({ status: 302 });
});

test("bytes of a payload are sent as base64", async () => {
  const { server, requests } = scripted(ok);
  await settled(server.publish("chat", "message", { a: new Uint8Array([1, 2, 255]), b: Buffer.from("hi") }));
  expect(JSON.parse(requests[0]!.init.body as string).data).toEqual({ a: "AQL/", b: "aGk=" });
});

test("it does not start in a page", () => {
  vi.stubGlobal("document", {});
  expect(() => scripted()).toThrow(expect.objectContaining({ code: "not_supported" }));
  vi.unstubAllGlobals();
});
