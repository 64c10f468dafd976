// The tokens of a push stream, against a server that says what the test wants, over real HTTP.
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

test("a token is a header, and a function's is asked for at each connection", async () => {
  let count = 0;
  listen({ auth: { token: () => `token-${++count}` } });
  const first = await server.request();
  expect(first.incoming.headers.authorization).toBe("Bearer token-1");
  first.open("id: e.1\n\n").end();
  const second = await server.request();
  expect(second.incoming.headers.authorization).toBe("Bearer token-2");
  second.open();
});

test.each([
  ["a string that has expired", "expired", "token_expired"],
  ["a string that is invalid", "invalid", "token_invalid"],
  ["a function's that is invalid", () => "invalid", "token_invalid"],
])("P-38 F-A2 401 is final for %s", async (_, token, code) => {
  const { heard } = listen({ auth: { token } });
  (await server.request()).answer(401, { code, detail: "No." });
  await eventually(() => expect(heard).toEqual([["error", code, "undefined"], "closed"]));
});

test("F-U-M11 F-A2 a token function whose token has expired is called again", async () => {
  let count = 0;
  const { heard, stream } = listen({ auth: { token: () => `token-${++count}` } });
  (await server.request()).answer(401, { code: "token_expired", detail: "The token has expired." });
  await eventually(() => expect(heard).toEqual(["reconnecting", ["error", "token_expired", "number"]]));
  const second = await server.request();
  expect(second.incoming.headers.authorization).toBe("Bearer token-2");
  second.open();
  await eventually(() => expect(stream.state).toBe("connected"));
}, 30_000);

const noTokens: [string, unknown][] = [
  ["undefined", undefined],
  ["null", null],
  ["an empty string", ""],
  ["a line break", "a\nb"],
  ["a letter outside of Latin-1", "ключ"],
  ["the page of an error", "<!doctype html><p>502"],
  ["JSON", '{"error":"x"}'],
];

test.each(noTokens)("F-A1 a token function that gives %s is reported, and nobody connects", async (_, token) => {
  const { stream, heard } = listen({ auth: { token: () => token } });
  const errors: any[] = [];
  stream.on("dialogue.error", (error) => errors.push(error));
  await eventually(() => expect(heard).toEqual(["reconnecting", ["error", "identity_unavailable", "number"]]));
  expect(errors[0].message).toBe("No token: TypeError: it gave no token");
  expect(server.total).toBe(0);
});

test("F-A1 a token function that gave no token is asked again", async () => {
  let count = 0;
  listen({ auth: { token: () => ++count > 1 && "good" } });
  expect((await server.request()).incoming.headers.authorization).toBe("Bearer good");
}, 30_000);

test.each(noTokens.slice(2))("F-A1 a token that is %s closes the stream before a request", async (_, token) => {
  const { stream, heard } = listen({ auth: { token } });
  await eventually(() => expect(heard).toEqual([["error", "token_invalid", "undefined"], "closed"]));
  expect([stream.state, server.total]).toEqual(["closed", 0]);
});

test("F-A8 null options count as absent", async () => {
  vi.stubGlobal("location", { href: `${server.url}/page` });
  streams.push(createPushStream(null as any));
  expect((await server.request()).incoming.url).toBe("/events");
});

test("a token function that fails is tried again", async () => {
  let isBroken = true;
  const { heard } = listen({
    auth: {
      token: () => {
        if (isBroken) throw new Error("no backend");
        return "good";
      },
    },
  });
  await eventually(() => expect(heard).toEqual(["reconnecting", ["error", "identity_unavailable", "number"]]));
  isBroken = false;
  const request = await server.request();
  expect(request.incoming.headers.authorization).toBe("Bearer good");
}, 30_000);
