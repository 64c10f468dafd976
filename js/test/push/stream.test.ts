// A push stream against a server that says what the test wants, over real HTTP.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createPushStream } from "../../src/push.js";
import { eventually } from "../support/eventually.js";
import { ScriptedStreams } from "../support/scripted_streams.js";

let server: ScriptedStreams;
const streams: { close(): void }[] = [];

beforeEach(async () => {
  server = await ScriptedStreams.start();
});
afterEach(async () => {
  for (const stream of streams.splice(0)) stream.close();
  vi.unstubAllGlobals();
  await server.stop();
});

/** A stream with what its handlers received. */
function listen(options: object = {}) {
  const stream = createPushStream({ url: server.url, rooms: ["news"], ...options } as { url: string });
  streams.push(stream);
  const heard: unknown[] = [];
  stream.on("note", ({ data }: any) => heard.push(data.text));
  for (const name of ["open", "missed", "left"] as const) stream.on(`dialogue.${name}`, (value) => heard.push([name, value]));
  stream.on("dialogue.error", ({ code, retryAfterMs }) => heard.push(["error", code, typeof retryAfterMs]));
  stream.on("dialogue.state", (state) => heard.push(state));
  return { stream, heard };
}
const opening = ["open", { userId: "ann", session: "s", rooms: ["news"] }];

test("the query contains the options", async () => {
  const filter = { eq: ["region", "eu"] };
  listen({ rooms: ["news", "orders"], events: ["note", "order.*"], filter, last: 5, user: "me", auth: { userId: "ann" } });
  const { query, incoming } = await server.request();
  expect(incoming.url).toMatch(/^\/events\?/);
  expect(Object.fromEntries(query)).toEqual({
    rooms: "news,orders",
    events: "note,order.*",
    filter: JSON.stringify(filter),
    last: "5",
    user: "me",
    userId: "ann",
  });
});

test.each([
  [{ rooms: ["a,b"] }, "rooms=a%2Cb"],
  [{ url: "ftp://example.com/events" }, "ftp://example.com/events"],
  [{ url: "file:///events" }, "file:///events"],
])("what can never be a stream is refused at once: %o", (options, what) => {
  expect(() => listen(options)).toThrow(what);
});

test("a stream that is cut continues after its last id, and nothing is repeated", async () => {
  const { stream, heard } = listen();
  const first = (await server.request()).open("id: e.0\n\n").note(1).note(2);
  await eventually(() => expect(heard.at(-1)).toBe("note 2"));
  first.cut();
  const second = await server.request();
  expect(second.lastEventId).toBe("e.2");
  second.open().note(2).note(3);
  await eventually(() => expect(heard).toContain("note 3"));
  expect(heard.filter((one) => typeof one === "string" && one.startsWith("note"))).toEqual(["note 1", "note 2", "note 3"]);
  expect(stream.lastEventId).toBe("e.3");
});

test("a stream that ends continues, which its state reports", async () => {
  const { heard } = listen();
  (await server.request()).open("id: e.7\n\n").end();
  const second = await server.request();
  expect(second.lastEventId).toBe("e.7");
  second.open();
  await eventually(() => expect(heard).toEqual(["connected", opening, "reconnecting", "connected", opening]));
});

test("a stream that had no id yet reports what it may have missed", async () => {
  const { heard } = listen();
  (await server.request()).open().end();
  (await server.request()).open();
  await eventually(() => expect(heard.at(-1)).toEqual(opening));
  expect(heard).toContainEqual(["missed", { roomId: "news", reason: "id_unknown" }]);
});

test("a stream that is closed by a handler of what it missed asks for nothing any more", async () => {
  const { stream, heard } = listen({ rooms: ["news", "sport"] });
  stream.on("dialogue.missed", () => stream.close());
  (await server.request()).open().end();
  await eventually(() => expect(heard).toContainEqual(["missed", { roomId: "news", reason: "id_unknown" }]));
  listen({ rooms: ["orders"] });
  expect((await server.request()).query.get("rooms")).toBe("orders");
  expect(heard.filter((one: any) => one[0] === "missed")).toHaveLength(1);
});

test("the server's own events reach their handlers", async () => {
  const { heard } = listen();
  const missed = { roomId: "news", reason: "trimmed", from: 1, to: 4 };
  const left = { roomId: "news", code: "room_deleted", message: "The room was deleted." };
  const said = (name: string, data: object) => `event: dialogue.${name}\ndata: ${JSON.stringify(data)}\n\n`;
  const later = { code: "draining", message: "Later.", retryAfterMs: 30 };
  (await server.request()).open(`id: e.4\n\n${said("missed", missed)}${said("left", left)}${said("error", later)}`);
  await eventually(() =>
    expect(heard.slice(2)).toEqual([
      ["missed", missed],
      ["left", left],
      ["error", "draining", "number"],
    ]),
  );
});

test("a permanent end closes the stream without another request", async () => {
  const { stream, heard } = listen();
  const errors: unknown[] = [];
  stream.on("dialogue.error", (error) => errors.push(error));
  const facts = { code: "denied_by_hook", message: "The application refused: Removed.", reason: "Removed." };
  const data = JSON.stringify(facts);
  (await server.request()).open(`id: e.1!\nevent: dialogue.error\ndata: ${data}\n\n`).end();
  await eventually(() => expect(heard).toEqual(["connected", opening, ["error", "denied_by_hook", "undefined"], "closed"]));
  expect(errors).toEqual([expect.objectContaining(facts)]);
  expect(stream.state).toBe("closed");
  expect(server.total).toBe(1);
});

test("204 closes the stream, 4xx closes it with the reason", async () => {
  const first = listen();
  (await server.request()).answer(204);
  await eventually(() => expect(first.heard).toEqual(["closed"]));
  const second = listen();
  (await server.request()).answer(403, { status: 403, detail: "staff: You may not.", code: "forbidden" });
  await eventually(() => expect(second.heard).toEqual([["error", "forbidden", "undefined"], "closed"]));
});

test.each([[429], [503], [502], [408]])("%i is tried again, after the time that the answer names", async (status) => {
  const { stream } = listen();
  const errors: any[] = [];
  stream.on("dialogue.error", (error) => errors.push(error));
  (await server.request()).answer(status, { code: "rate_limited", detail: "Later.", retryAfterMs: 4500 });
  await eventually(() => expect(errors).toHaveLength(1));
  expect(errors[0]).toMatchObject({ name: "DialogueError", code: "rate_limited", message: "Later." });
  expect(errors[0].retryAfterMs).toBeGreaterThanOrEqual(4490);
  expect(stream.state).toBe("reconnecting");
});

const refusals = [400, 401, 403, 404, 405, 406, 410, 413, 414, 422, 426, 431, 451];
const passing = [408, 425, 429, 500, 502, 503, 504];
const json = JSON.stringify({ code: "room_unknown", detail: "No." });
const answers: [string, string, string][] = [
  ["text/html", "text/html", "<!doctype html>"],
  ["HTML without its type", "", "<!doctype html>"],
  ["text/plain", "text/plain", "404 page not found"],
  ["an empty answer", "text/html", ""],
  ["JSON of a gateway", "application/json", json],
  ["a problem without a code", "application/problem+json", '{"status":404}'],
  ["a problem that is no JSON", "application/problem+json", "{"],
  ["a problem that is null", "application/problem+json", "null"],
];

test.each(answers)("F-R12 no status ends a stream that is answered %s, which is a proxy's", async (_, type, body) => {
  for (const status of [...refusals, ...passing]) {
    const { stream, heard } = listen();
    (await server.request()).answer(status, body, { "Content-Type": type });
    await eventually(() => expect(heard).toEqual(["reconnecting", ["error", "connection_lost", "number"]]));
    stream.close();
  }
});

test.each(["application/problem+json", "application/problem+json; charset=utf-8"])(
  "F-R12 %s with a code ends it, where the status says never",
  async (type) => {
    for (const status of [...refusals, ...passing]) {
      const { stream, heard } = listen();
      (await server.request()).answer(status, json, { "Content-Type": type });
      const isFinal = refusals.includes(status);
      const expected = isFinal
        ? [["error", "room_unknown", "undefined"], "closed"]
        : ["reconnecting", ["error", "room_unknown", "number"]];
      await eventually(() => expect([status, heard]).toEqual([status, expected]));
      stream.close();
    }
  },
);

test.each(["damaged \ud83d", "a\nb", "a\0", "\u{1f600}", "e.1 ", "é.1"])(
  "F-R13 lastEventId %o is dropped: the stream begins now, and says so",
  async (lastEventId) => {
    const { stream, heard } = listen({ lastEventId });
    const request = await server.request();
    expect(request.lastEventId).toBeUndefined();
    expect(heard).toEqual([["error", "request_invalid", "undefined"]]);
    request.open().note(1);
    await eventually(() => expect(heard.slice(1)).toEqual(["connected", opening, "note 1"]));
    expect(stream.lastEventId).toBe("e.1");
  },
);

test("a response that is not an event stream is an error, and is retried", async () => {
  const { heard } = listen({ lastEventId: "e.3" });
  const first = await server.request();
  expect(first.lastEventId).toBe("e.3");
  first.answer(200, "<!doctype html>");
  await eventually(() => expect(heard).toEqual(["reconnecting", ["error", "connection_lost", "number"]]));
});

test("a server that goes silent is left for a new connection", async () => {
  const { heard } = listen({ silenceMs: 200 });
  const first = (await server.request()).open("id: e.1\n\n");
  const second = await server.request();
  await first.gone;
  expect(second.lastEventId).toBe("e.1");
  expect(heard).toContainEqual(["error", "connection_lost", "number"]);
});

test("close() ends the request, and a stream that is closed in its first turn makes none", async () => {
  const { stream, heard } = listen();
  const request = (await server.request()).open();
  await eventually(() => expect(heard).toHaveLength(2));
  stream.close();
  stream.close();
  await request.gone;
  expect(heard.at(-1)).toBe("closed");
  listen().stream.close();
  const last = listen();
  (await server.request()).open();
  await eventually(() => expect(last.heard).toHaveLength(2));
  expect(server.total).toBe(2);
});

test("once is for one event, and off removes a handler", async () => {
  const { stream } = listen();
  const heard: string[] = [];
  const add = (what: string) => () => heard.push(what);
  const removed = add("removed");
  stream.on("note", removed);
  stream.once("note", add("once"));
  stream.off("note", removed);
  const off = stream.on("note", add("removed too"));
  off();
  stream.on("note", add("always"));
  (await server.request()).open().note(1).note(2);
  await eventually(() => expect(heard).toEqual(["once", "always", "always"]));
});

test("F-J25 a handler that is added twice is two, removed one by one, and one that is removed is not called", async () => {
  const { stream } = listen();
  const heard: string[] = [];
  const twice = ({ data }: any) => heard.push(data.text);
  stream.once("note", twice);
  stream.on("note", twice);
  stream.on("note", () => off());
  const off = stream.on("note", () => heard.push("removed"));
  (await server.request()).open().note(1).note(2);
  await eventually(() => expect(heard).toEqual(["note 1", "note 1", "note 2"]));
  stream.off("note", twice);
});

test("a handler that throws does not stop the others", async () => {
  const reported: unknown[] = [];
  vi.stubGlobal("reportError", (error: unknown) => reported.push(error));
  const { stream } = listen();
  const failing = new Error("mine");
  const heard: unknown[] = [];
  stream.on("other", () => {
    throw failing;
  });
  stream.on("other", ({ seq }: any) => heard.push(seq));
  const message = JSON.stringify({ event: "other", roomId: "news", data: 1, from: "x", timestamp: 1, seq: 1, epoch: 1 });
  (await server.request()).open(`event: other\ndata: ${message}\n\n`);
  await eventually(() => expect(heard).toEqual([1]));
  expect(reported).toEqual([failing]);
});

test("P-35 a page that becomes visible retries immediately, unless the server sent a time", async () => {
  const listeners = new Map<string, (event: object) => void>();
  vi.stubGlobal("addEventListener", (type: string, act: (event: object) => void) => listeners.set(type, act));
  vi.stubGlobal("removeEventListener", () => {});
  const { stream } = listen();
  (await server.request()).open("retry: 1000000\n\nid: e.5\n\n").end();
  await eventually(() => expect(stream.state).toBe("reconnecting"));
  listeners.get("online")!({ type: "online" });
  const second = await server.request();
  expect(second.lastEventId).toBe("e.5");
  second.open();
  await eventually(() => expect(stream.state).toBe("connected"));
  listeners.get("online")!({ type: "online" }); // another network: what was open may be dead
  await second.gone;
  const third = await server.request();
  third.answer(429, { code: "rate_limited", detail: "Later.", retryAfterMs: 1_000_000 });
  await eventually(() => expect(stream.state).toBe("reconnecting"));
  const before = server.total;
  listeners.get("online")!({ type: "online" });
  listeners.get("pagehide")!({ type: "pagehide" });
  listeners.get("pageshow")!({ type: "pageshow" });
  (await server.request()).open();
  expect(server.total).toBe(before + 1);
});

/** EventSource as the standard has it, as far as the module uses it, over fetch. */
class Source extends EventTarget {
  static readonly CLOSED = 2;
  static made: string[] = [];
  readyState = 0;
  onopen: (() => void) | undefined;
  onerror: (() => void) | undefined;
  readonly #end = new AbortController();

  constructor(readonly url: string) {
    super();
    Source.made.push(url);
    fetch(url, { signal: this.#end.signal })
      .then(async (response) => {
        if (response.status !== 200) {
          this.readyState = 2;
          return this.onerror?.();
        }
        this.onopen?.();
        let text = "";
        const decoder = new TextDecoder();
        for await (const bytes of response.body as never as AsyncIterable<Uint8Array>) {
          text += decoder.decode(bytes, { stream: true });
          for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
            const fields = Object.fromEntries(
              text
                .slice(0, end)
                .split("\n")
                .map((line) => line.split(/: (.*)/)),
            );
            text = text.slice(end + 2);
            if (fields.data)
              this.dispatchEvent(Object.assign(new Event(fields.event), { data: fields.data, lastEventId: fields.id ?? "" }));
          }
        }
      })
      .catch(() => {});
  }

  close(): void {
    this.readyState = 2;
    this.#end.abort();
  }
}

test("EventSource is used if no header is needed and all names are known; fetch reports why it gave up", async () => {
  vi.stubGlobal("EventSource", Source);
  Source.made = [];
  const { stream, heard } = listen({ shared: false, events: ["note"], lastEventId: "e.1" });
  const first = await server.request();
  expect(first.query.get("lastEventId")).toBe("e.1");
  first.open().note(2);
  await eventually(() => expect(heard).toEqual(["connected", opening, "note 2"]));
  stream.close();
  await first.gone;
  const refused = listen({ shared: false, events: ["note"] });
  (await server.request()).answer(404, { code: "room_unknown", detail: "No." });
  (await server.request()).answer(404, { code: "room_unknown", detail: "No." });
  await eventually(() => expect(refused.heard).toEqual(["reconnecting", ["error", "room_unknown", "undefined"], "closed"]));
  expect(Source.made).toHaveLength(2);
  for (const options of [
    { events: ["note", "order.*"] },
    { events: ["error"] },
    {},
    { events: ["note"], auth: { token: "t" } },
  ]) {
    listen({ shared: false, ...options });
    await server.request();
  }
  expect(Source.made).toHaveLength(2);
});
