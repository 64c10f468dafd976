// The flight recorder: what it keeps of a session, what it never keeps, and its bound. client-wasm/replay/ reads what
// it writes.

import { readFileSync } from "node:fs";
import { describe, expect, test, vi } from "vitest";
import type { Recorder, RecorderOptions } from "../src/api/types.js";
import { Call } from "../src/core/calls.js";
import { createRecorder } from "../src/recorder.js";
import { eventually } from "./support/eventually.js";
import { connect, eventFrame, member, scripted, server } from "./support/member.js";

scripted();

type Line = [name: string, values: number[], result: number | string | null, area: number[], text: string];
const linesOf = (recorder: Recorder): any[][] =>
  recorder
    .text()
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
const callsOf = (recorder: Recorder) => linesOf(recorder).slice(1, -1) as Line[];
const named = (recorder: Recorder, wanted: string) => callsOf(recorder).filter(([name]) => name === wanted);

/** A member who publishes "secret-sent", hears "secret-heard" and sees a page of history with "secret-old". */
async function session(options?: RecorderOptions) {
  const recorder = createRecorder(options);
  const { client, peer, room } = await member({ recorder, auth: { token: "secret-token" } });
  const heard = vi.fn();
  room.on("message", heard);
  const publishing = room.trigger("message", { text: "secret-sent" });
  const publish = await peer.frame(4);
  peer.say([38, 7, publish[3], 99, 1, 1001, 0], eventFrame(1, { text: "secret-heard" }));
  peer.say([43, 7, 2, { joined: [{ userId: "bob", name: "secret-name", meta: { mail: "secret-mail", age: 42 } }], left: [] }]);
  await publishing;
  const reading = room.history({ limit: 1 }).next();
  const [, request] = await peer.frame(7);
  const events = [[2, 1, 1001, "bob", { text: "secret-old" }]];
  peer.say([42, request, 0, { epoch: 99, base: 1, head: 1, first: 1, last: 1, events }]);
  await reading;
  expect(heard).toHaveBeenCalledOnce();
  return { recorder, client, peer, room };
}

describe("what is kept", () => {
  test("every call of the core, with its numbers and what it gave, in order", async () => {
    const { recorder, room } = await session();
    expect(room.position).toEqual({ epoch: 99, seq: 1 });
    const names = callsOf(recorder).map(([name]) => name);
    const order = [
      "set_catalogue",
      "add_room",
      "join",
      "start",
      "opened",
      "receive",
      "validate",
      "publish",
      "history",
      "position",
    ];
    expect(order.map((name) => names.indexOf(name))).toEqual(order.map((name) => names.indexOf(name)).sort((a, b) => a - b));
    expect(names).not.toContain("buffer");
    expect(named(recorder, "add_room")).toEqual([["add_room", [], 0, [], "chat"]]);
    expect(named(recorder, "position")).toEqual([["position", [0], null, [99, 1], ""]]);
    expect(named(recorder, "publish")[0]).toMatchObject(["publish", [0, 2, 1, expect.any(Number)], 3, [0], ""]);
    expect(named(recorder, "next")[0]).toEqual(["next", [], 1, [0, 3, 0, 0, 0], ""]);
    const received = named(recorder, "receive").map(([, values, , area, text]) => [values.slice(0, 3), area, JSON.parse(text)]);
    expect(received[3]).toEqual([
      [5, 8, -1],
      [36, 7, 2, 1, 1001],
      ["bob", 0, { text: "xxxxxxxxxxxx" }],
    ]);
  });

  test("the head names the client, the end counts the calls, and every character is ASCII", async () => {
    const recorder = createRecorder();
    await member({ recorder }).then(({ peer }) => peer.say([43, 7, 2, { joined: [{ userId: "J\u00fcrgen \u{1f600}" }] }]));
    await eventually(() => expect(named(recorder, "receive")).toHaveLength(3));
    const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
    const lines = linesOf(recorder);
    expect(lines[0]).toEqual(["dialogue-client-recording", 1, version, expect.any(Number), 0, 4_194_304, 0]);
    expect(lines.at(-1)).toEqual(["end", lines.length - 2]);
    expect(recorder.text()).toMatch(/^[\n -~]*$/);
    expect(named(recorder, "receive")[2]![4]).toContain("J\u00fcrgen \u{1f600}");
  });

  test("a call in which the module fails is recorded, and the failure is passed on", () => {
    const recorder = createRecorder();
    const failure = new WebAssembly.RuntimeError("unreachable");
    const memory = new WebAssembly.Memory({ initial: 1 });
    const tick = (_now: number) => {
      throw failure;
    };
    const wasm = recorder.attach({ memory, [Call.create]: () => 0, [Call.tick]: tick }) as any;
    wasm[Call.create](5.5);
    expect(() => wasm[Call.tick](1000)).toThrow(failure);
    expect(linesOf(recorder)[0]![3]).toBe(5);
    expect(callsOf(recorder)).toEqual([["tick", [1000], "trap", [], ""]]);
  });

  test("a whole catalogue is recorded with its fingerprint, whether it was compiled in or not", () => {
    const recorder = createRecorder();
    const [memory, own, taken] = [new WebAssembly.Memory({ initial: 1 }), vi.fn(), vi.fn()];
    const wasm = recorder.attach({
      memory,
      [Call.create]: () => 64,
      [Call.own_catalogue]: own,
      [Call.set_catalogue]: taken,
    }) as any;
    wasm[Call.create](1);
    wasm[Call.own_catalogue]();
    wasm[Call.set_catalogue](12345, "\x01\x02\xff", 1);
    expect(own).toHaveBeenCalledOnce();
    expect(taken).toHaveBeenCalledWith(12345);
    expect(callsOf(recorder)).toEqual([["set_catalogue", [3], 1, [], "AQL/"]]);
  });

  test("numbers that JSON does not have, and a room id that is not a text, are recorded in a valid form", async () => {
    const recorder = createRecorder();
    const { client } = await member({ recorder });
    client
      .room("\0\ud800" as "chat")
      .trigger("message", { text: "a" })
      .catch(() => {});
    await eventually(() => expect(named(recorder, "add_room")).toHaveLength(2));
    const other = createRecorder();
    (other.attach({ [Call.wake]: (_: number) => {} }) as any)[Call.wake](Number.NaN);
    expect(named(other, "wake")[0]![1]).toEqual(["NaN"]);
    expect(named(recorder, "add_room")[1]![4]).toBe("\ufffd\ufffd");
  });
});

describe("what is not kept", () => {
  test("tokens, secrets, names and payloads, in either direction", async () => {
    const { recorder } = await session();
    expect(recorder.text()).not.toContain("secret");
    expect(recorder.text()).toContain(JSON.stringify(JSON.stringify({ mail: "x".repeat(11), age: 11 })).slice(1, -1));
  });

  test("payloads are kept on request, tokens and the resume secret are not", async () => {
    const recorder = createRecorder({ payloads: true });
    const client = connect({ recorder, auth: { token: "secret-token" } });
    const joining = client.join("chat");
    const peer = await server.connection();
    await peer.welcome({ resume: "secret-resume", session: "secret-session", catalogue: undefined });
    await peer.join();
    const room = await joining;
    room.trigger("message", { text: "sent" }).catch(() => {});
    await peer.frame(4);
    peer.say(eventFrame(1, { text: "heard" }));
    await eventually(() => expect(room.position.seq).toBe(1));
    expect(named(recorder, "validate")[0]).toEqual(["validate", [1, 15], 0, [], '{"text":"sent"}']);
    expect(named(recorder, "receive").at(-1)![4]).toBe('["bob",0,{"text":"heard"}]');
    expect(recorder.text()).not.toContain("secret");
    expect(linesOf(recorder)[0]![4]).toBe(1);
  });
});

describe("the bound", () => {
  test("the oldest calls are discarded, and the head has their number", async () => {
    const bytes = 3000;
    const { recorder, peer, room } = await session({ bytes });
    const count = 200;
    for (let seq = 2; seq <= count; ++seq) peer.say(eventFrame(seq, { text: "more" }));
    await eventually(() => expect(room.position.seq).toBe(count));
    const lines = linesOf(recorder);
    const dropped = lines[0]![6];
    expect(dropped).toBeGreaterThan(count);
    expect(lines.at(-1)).toEqual(["end", dropped + lines.length - 2]);
    const kept = recorder.text().split("\n").slice(1, -2).join("\n");
    expect(kept.length).toBeLessThan(bytes);
    expect(kept.length).toBeGreaterThan(bytes / 2);
    expect(callsOf(recorder).at(-1)).toEqual(["position", [0], null, [99, count], ""]);
  });

  test("a call that is larger than all that may be kept leaves nothing", async () => {
    const { recorder } = await session({ bytes: 10 });
    expect(linesOf(recorder)).toEqual([expect.arrayContaining([10]), ["end", expect.any(Number)]]);
  });
});

test("a client that starts again records again", async () => {
  const recorder = createRecorder();
  const client = connect({ recorder, app: { catalogue: "AAAA", fingerprint: "0" } });
  client.on("error", () => {}); // its first start, by itself, tells
  await expect(client.join("chat")).rejects.toThrow();
  await expect(client.join("chat")).rejects.toThrow();
  expect(callsOf(recorder)).toEqual([]);
  expect(linesOf(recorder)[0]![3]).toBeGreaterThan(0);
});
