// The validator is a file of its own: what is triggered before it is there waits, in order, and nothing hangs on it.
import { afterEach, expect, test, vi } from "vitest";
import { unpack } from "../../src/core/inlined.js";
import { validatorBytes } from "../../src/validator/validator.js";
import { eventually } from "../support/eventually.js";
import { connect, eventFrame, member, scripted, server } from "../support/member.js";

scripted();

/** From here on a module compiles when `finish` is called: as if its file came late. The core's is let through. */
function lateValidator() {
  const { compile } = WebAssembly;
  const size = validatorBytes(unpack).length;
  let finish = () => {};
  const late = new Promise<void>((resolve) => (finish = resolve));
  vi.spyOn(WebAssembly, "compile").mockImplementation(async (bytes) => {
    if ((bytes as Uint8Array).length === size) await late;
    return compile(bytes);
  });
  return { finish };
}

afterEach(() => {
  vi.restoreAllMocks();
  vi.resetModules();
});

test("F-C40 what is triggered while the validator loads waits, is counted, and leaves before what comes later", async () => {
  const { finish } = lateValidator();
  const { client, peer, room } = await member();
  const first = room.trigger("message", { text: "1" });
  const refused = room.trigger("message", { text: "" });
  const second = room.trigger("message", { text: "2" });
  expect(client.pending).toBe(3);
  finish();
  await expect(refused).rejects.toMatchObject({ code: "too_short", path: "$.text" });
  const third = room.trigger("message", { text: "3" });
  const texts = [await peer.frame(4), await peer.frame(4), await peer.frame(4)].map((frame) => frame[5].text);
  expect(texts).toEqual(["1", "2", "3"]);
  peer.say([38, 7, 1, 99, 1, 1, 0], [38, 7, 2, 99, 2, 1, 0], [38, 7, 3, 99, 3, 1, 0]);
  expect((await Promise.all([first, second, third])).map(({ seq }) => seq)).toEqual([1, 2, 3]);
  expect(client.pending).toBe(0);
});

test("F-C40 a signal, and close(), end the wait for the validator", async () => {
  lateValidator();
  const { client, room } = await member();
  const stopped = new AbortController();
  const aborted = room.trigger("message", { text: "1" }, { signal: stopped.signal });
  const closed = room.trigger("message", { text: "2" });
  stopped.abort();
  await expect(aborted).rejects.toMatchObject({ name: "AbortError" });
  expect(client.pending).toBe(1);
  client.close();
  await expect(closed).rejects.toMatchObject({ code: "closed" });
  expect(client.pending).toBe(0);
});

test("F-C40 what the validator waits for with others is bounded too", async () => {
  lateValidator();
  const { client, room } = await member();
  const all = Array.from({ length: 1001 }, () => room.trigger("message", { text: "x" }));
  await expect(all.at(-1)).rejects.toMatchObject({ code: "outbox_full" });
  client.close();
  const outcomes = await Promise.allSettled(all);
  expect(outcomes.filter(({ status }) => status === "rejected")).toHaveLength(1001);
});

test("F-C40 a validator that does not load is reported, and is loaded again", async () => {
  const { compile } = WebAssembly;
  const size = validatorBytes(unpack).length;
  let failures = 2;
  vi.spyOn(WebAssembly, "compile").mockImplementation(async (bytes) => {
    if ((bytes as Uint8Array).length === size && failures-- > 0) throw new TypeError("Failed to fetch");
    return compile(bytes);
  });
  const client = connect();
  const errors: string[] = [];
  client.on("error", ({ code, message }) => errors.push(`${code} ${message}`));
  const joining = client.join("chat");
  const peer = await server.connection();
  await peer.welcome();
  await peer.join();
  const room = await joining;
  const sent = room.trigger("message", { text: "1" });
  await peer.frame(4);
  peer.say([38, 7, 1, 99, 1, 1, 0]);
  expect((await sent).seq).toBe(1);
  expect(errors).toEqual(Array(2).fill("connection_lost The validator could not be loaded: TypeError: Failed to fetch"));
});

/** How often the validator was compiled, as a function; and what is to happen a second after a connection stands. */
function watchedValidator() {
  const { compile } = WebAssembly;
  const later = globalThis.setTimeout;
  const size = validatorBytes(unpack).length;
  let compiled = 0;
  const laterCalls: (() => void)[] = [];
  vi.spyOn(WebAssembly, "compile").mockImplementation((bytes) => {
    compiled += Number((bytes as Uint8Array).length === size);
    return compile(bytes);
  });
  vi.spyOn(globalThis, "setTimeout").mockImplementation(((call: () => void, ms?: number, ...more: unknown[]) =>
    ms === 1000 ? void laterCalls.push(call) : later(call, ms, ...more)) as typeof globalThis.setTimeout);
  return { compiled: () => compiled, laterCalls };
}

test("F-C40 the first messages do not wait for the validator, which is loaded a second after the connection", async () => {
  const { compiled, laterCalls } = watchedValidator();
  const { peer, room } = await member();
  const heard = new Promise((resolve) => room.on("message", resolve));
  peer.say(eventFrame(1, { text: "Hi" }));
  await heard;
  expect(compiled()).toBe(0);
  expect(laterCalls).toHaveLength(1);
  laterCalls[0]!();
  await eventually(() => expect(compiled()).toBe(1));
  const sent = room.trigger("message", { text: "1" });
  await peer.frame(4);
  peer.say([38, 7, 1, 99, 2, 1, 0]);
  expect((await sent).seq).toBe(2);
  expect(compiled()).toBe(1);
});

test("F-C40 preload() loads the validator before anything is joined, once, and ends when the client is closed", async () => {
  const { compiled } = watchedValidator();
  const client = connect({ autoConnect: false });
  await Promise.all([client.preload(), client.preload()]);
  expect(compiled()).toBe(1);
  client.close();
  await expect(
    connect({ autoConnect: false })
      .preload()
      .then(() => "loaded"),
  ).resolves.toBe("loaded");
  const closed = connect({ autoConnect: false });
  closed.close();
  await expect(closed.preload()).rejects.toMatchObject({ code: "closed" });
});
