// A tunnel against a network that loses, repeats and cuts what the test wants.
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Tunnel, type TunnelMode } from "../../src/fallback/tunnel.js";
import { ScriptedNetwork, settled, soon } from "../support/scripted_fetch.js";

const hello = '[1,1,0,0,{"identity":{"userId":"ann"}}]';
const welcome = '[33,1,0,0,15000,0,1,{"session":"s","userId":"ann"}]';
const opened = { session: "id", idleMs: 15_000, ackBytes: 100, first: 1, received: 1 };
const event = (seq: number, text = "x") => `[36,7,1,${seq},0,"bob",0,"${text}"]`;

let network: ScriptedNetwork;
const tunnels: Tunnel[] = [];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
  network = new ScriptedNetwork();
});
afterEach(() => {
  for (const tunnel of tunnels.splice(0)) tunnel.close(4001);
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function tunnel(mode: TunnelMode, frames = [hello], url = "ws://host/dialogue") {
  const heard: string[] = [];
  const sent: string[] = [];
  const ends: unknown[] = [];
  const cuts: number[] = [];
  const made = new Tunnel(url, frames, 65_536, {
    received: (frame) => heard.push(frame),
    sending: (frame) => sent.push(frame),
    wasCut: (ageMs) => cuts.push(ageMs),
    failed: (failed, reason, bye) => ends.push([failed, reason, bye]),
    lost: (code) => ends.push(code),
  });
  tunnels.push(made);
  made.use(mode);
  return { tunnel: made, heard, sent, ends, cuts };
}

/** One that is open, with WELCOME, and the stream or poll that is under way. */
async function open(mode: TunnelMode) {
  const made = tunnel(mode);
  const request = await network.request(mode === "stream" ? "stream" : "poll");
  if (mode === "polling") {
    request.answer(opened, [welcome]);
    return { ...made, request: await network.request("poll") };
  }
  request.stream(opened).say(welcome);
  await soon(() => expect(made.heard).toHaveLength(1));
  return { ...made, request };
}
const pass = async (ms: number) => {
  await vi.advanceTimersByTimeAsync(ms);
  await settled();
};

describe("its request", () => {
  test("the opening names a random id and has the first frames, at the path below the WebSocket's", async () => {
    tunnel("polling", [hello, "[2,1,0,0,0]"], "wss://host/app/dialogue?token=t");
    const { head, frames, init, body } = await network.request("poll");
    expect(head).toEqual({ open: expect.stringMatching(/^[0-9a-f]{32}$/) });
    expect(frames).toEqual([hello, "[2,1,0,0,0]"]);
    expect(init).toMatchObject({ method: "POST", credentials: "same-origin" });
    expect(body).not.toContain("token");
  });

  test("a poll acknowledges received frames, and waits up to 20 s", async () => {
    const { heard, request } = await open("polling");
    expect(request.head).toEqual({ session: "id", have: 1, hold: 20_000 });
    request.answer({ first: 2, received: 1 }, [event(1), event(2)]);
    expect((await network.request("poll")).head.have).toBe(3);
    expect(heard).toEqual([welcome, event(1), event(2)]);
  });
});

describe("F-R02 a request that is too long", () => {
  test("is sent again frame by frame, and only what is too long by itself ends the connection", async () => {
    const { tunnel: made, ends } = await open("polling");
    made.send("[8,1]\n[8,2]\n[8,3]");
    (await network.request("send")).answer("", [], 413);
    await pass(2000);
    const half = await network.request("send");
    expect(half.frames).toEqual(["[8,1]"]);
    half.answer({ first: 2, received: 2 });
    const rest = await network.request("send");
    expect(rest.frames).toEqual(["[8,2]"]);
    expect(ends).toEqual([]);
    rest.answer("", [], 413);
    await soon(() => expect(ends).toEqual([1009]));
  });
});

describe("what is lost, late or repeated", () => {
  test("a lost opening is repeated byte for byte, after a pause, also by the other way", async () => {
    const { tunnel: made, heard } = tunnel("stream");
    const first = await network.request("stream");
    first.cut();
    await settled();
    expect(network.next("stream")).toBeUndefined();
    await pass(500);
    const second = await network.request("stream");
    expect(second.body).toBe(first.body);
    made.use("polling");
    const third = await network.request("poll");
    expect([third.body, second.isAborted]).toEqual([first.body, true]);
    third.answer(opened, [welcome]);
    await soon(() => expect(heard).toEqual([welcome]));
  });

  test("a lost poll is repeated with its number, and an answer that arrives twice is ignored", async () => {
    const { heard, request } = await open("polling");
    request.cut();
    await pass(500);
    const again = await network.request("poll");
    expect(again.head.have).toBe(1);
    again.answer({ first: 1, received: 1 }, [welcome, event(1)]);
    await soon(() => expect(heard).toEqual([welcome, event(1)]));
  });

  test("a stream that is cut continues immediately if it had delivered something", async () => {
    const { heard, request, ends } = await open("stream");
    request.say(event(1)).cut();
    const second = await network.request("stream");
    expect(second.head).toEqual({ session: "id", have: 2 });
    second.stream({ first: 2, received: 1 }).say(event(1), event(2));
    await soon(() => expect(heard).toEqual([welcome, event(1), event(2)]));
    expect(ends).toEqual([]);
  });

  test("a stream that is renewed is read until the server ends it, and nothing comes twice", async () => {
    const { tunnel, heard, request, ends, cuts } = await open("stream");
    request.say(event(1));
    await soon(() => expect(heard).toHaveLength(2));
    tunnel.renew();
    const second = await network.request("stream");
    expect([second.head, request.isAborted]).toEqual([{ session: "id", have: 2 }, false]);
    request.say(event(2));
    await soon(() => expect(heard).toHaveLength(3));
    second.stream({ first: 3, received: 1 }).say(event(2), event(3));
    request.end();
    await soon(() => expect(heard).toEqual([welcome, event(1), event(2), event(3)]));
    await vi.advanceTimersByTimeAsync(3000);
    expect([network.next("stream"), ends, cuts]).toEqual([undefined, [], []]);
  });

  test("a silent stream in place of another one is not hidden by the other one's data", async () => {
    const { tunnel, request, ends } = await open("stream");
    request.say(event(1));
    tunnel.renew();
    const second = await network.request("stream");
    for (let passed = 0; passed < 4000; passed += 1000) {
      request.say(event(1));
      await vi.advanceTimersByTimeAsync(1000);
    }
    await soon(() => expect(second.isAborted).toBe(true));
    expect(ends).toEqual([["stream", "silent", undefined]]);
  });

  test("the age of a stream that was cut is reported", async () => {
    const { request, cuts } = await open("stream");
    request.say(event(1));
    await vi.advanceTimersByTimeAsync(7000);
    request.cut();
    await soon(() => expect(cuts).toEqual([7000]));
  });

  test("a missing frame is a fault: the client connects again", async () => {
    const { heard, ends, request } = await open("polling");
    request.answer({ first: 3, received: 1 }, [event(2)]);
    await soon(() => expect(ends).toEqual([0]));
    expect(heard).toEqual([welcome]);
  });

  test("P-34 events of a stream may be cut anywhere, also within a character", async () => {
    const { heard, request } = await open("stream");
    const frame = event(1, "größe ☃");
    for (const byte of new TextEncoder().encode(`data: ${frame}\n\n`)) request.bytes(Uint8Array.of(byte));
    await soon(() => expect(heard).toEqual([welcome, frame]));
  });
});

describe("what is sent", () => {
  test("one request is in flight, and it is repeated with the same numbers until it is answered", async () => {
    const { tunnel: made, sent } = await open("polling");
    made.send("[2,1]");
    const first = await network.request("send");
    made.send("[2,2]\n[2,3]");
    expect(first.head).toEqual({ session: "id", have: 1, from: 2 });
    expect(first.frames).toEqual(["[2,1]"]);
    await settled();
    expect(network.next("send")).toBeUndefined();
    first.cut();
    await pass(500);
    const again = await network.request("send");
    expect([again.head.from, again.frames]).toEqual([2, ["[2,1]", "[2,2]", "[2,3]"]]);
    again.answer({ first: 2, received: 2 }); // it had one of them
    const rest = await network.request("send");
    expect([rest.head.from, rest.frames]).toEqual([3, ["[2,2]", "[2,3]"]]);
    rest.answer({ first: 2, received: 4 });
    expect(sent).toEqual([hello, "[2,1]", "[2,2]", "[2,3]"]); // each once, for those who look on
    await settled();
    expect(network.next("send")).toBeUndefined();
  });

  test("a request has no more frames and characters than a server takes", async () => {
    const { tunnel: made } = await open("polling");
    made.send(Array(150).fill("[2]").join("\n"));
    made.send(`["${"x".repeat(21_000)}"]\n["${"y".repeat(21_000)}"]`);
    const sizes = [];
    for (let received = 1; received < 153; ) {
      const request = await network.request("send");
      sizes.push(request.frames.length);
      request.answer({ first: 2, received: (received += request.frames.length) });
    }
    expect(sizes).toEqual([100, 51, 1]);
  });

  test("a stream's reader acknowledges, answers PING, and acknowledges BYE once", async () => {
    const { request, ends, heard } = await open("stream");
    request.say(event(1, "x".repeat(100)));
    const acknowledgement = await network.request("send");
    expect([acknowledgement.head.have, acknowledgement.frames]).toEqual([2, []]);
    acknowledgement.answer({ first: 3, received: 1 });
    request.say("[44,1]");
    const pong = await network.request("send");
    expect([pong.head.have, pong.frames]).toEqual([3, ["[11]"]]);
    pong.answer({ first: 4, received: 2 });
    request.say("[45,52,100,{}]");
    const last = await network.request("send");
    expect([last.head.have, last.frames]).toEqual([4, []]);
    expect(ends).toEqual([0]);
    expect(heard.at(-1)).toBe("[45,52,100,{}]");
  });

  test("the end sends the remaining frames; the end of a lost connection sends nothing", async () => {
    const { tunnel: made, request } = await open("stream");
    made.send("[4,1]");
    await network.request("send"); // is not answered
    made.close(1001);
    const last = await network.request("send");
    expect([last.head, last.frames, last.init.keepalive]).toEqual([
      { session: "id", have: 1, close: 1001, from: 2 },
      ["[4,1]"],
      true,
    ]);
    expect(request.isAborted).toBe(true);
    const other = await open("stream");
    other.tunnel.close(4001);
    await settled();
    expect(network.next("send")).toBeUndefined();
  });
});

describe("proof of life", () => {
  test("a stream without its head, or without an event after it, fails after 4 s", async () => {
    const { ends } = tunnel("stream");
    (await network.request("stream")).stream();
    await pass(3999);
    expect(ends).toEqual([]);
    await pass(1);
    expect(ends).toEqual([["stream", "silent", undefined]]);
    const second = tunnel("stream");
    (await network.request("stream")).stream(opened);
    await pass(4000);
    expect(second.ends).toEqual([["stream", "silent", undefined]]);
  });

  test("F-J16 frames without an answer prove nothing", async () => {
    const { tunnel: made, ends } = await open("stream");
    made.send("[9,1,512]\n[11]\n[14,1]\n[15,1,1,0]\n[16,1,9]\n[17,1]\n[19,1]");
    (await network.request("send")).answer({ first: 2, received: 8 });
    await pass(4000);
    expect(ends).toEqual([]);
  });

  test("a request whose answer does not come proves that what comes is held up", async () => {
    const { tunnel: made, ends } = await open("stream");
    made.send("[2,1]");
    (await network.request("send")).answer({ first: 2, received: 2 });
    await pass(4000);
    expect(ends).toEqual([["stream", "silent", undefined]]);
  });

  test("after an unsolicited event, an answer may be late, up to the silence that WELCOME promised", async () => {
    const { tunnel: made, ends, request } = await open("stream");
    await pass(300);
    request.say(event(1));
    await settled();
    made.send("[2,1]");
    (await network.request("send")).answer({ first: 3, received: 2 });
    await pass(19_000);
    expect(ends).toEqual([]);
    await pass(1000); // 15 s and 5 s
    expect(ends).toEqual([["stream", "silent", undefined]]);
  });

  test.each<[string, number, Record<string, string>, unknown]>([
    ["a page that is none of Dialogue's", 200, { "Content-Type": "text/html" }, ["polling", "malformed", undefined]],
    ["a path that is not there", 404, {}, ["polling", "status 404", undefined]],
    ["a server that is full", 503, { "Retry-After": "7" }, ["polling", "status 503", "[45,54,7000,{}]"]],
  ])("%s is not asked again", async (_, status, headers, expected) => {
    const { ends } = tunnel("polling");
    (await network.request("poll")).answer("<h1>", [], status, headers);
    await soon(() => expect(ends).toEqual([expected]));
    await pass(10_000);
    expect(network.next("poll")).toBeUndefined();
  });

  test("a draining server reports when to reconnect", async () => {
    const { ends } = tunnel("polling");
    (await network.request("poll")).answer('{"code":"draining"}', [], 503, { "Retry-After": "1" });
    await soon(() => expect(ends).toEqual([["polling", "status 503", "[45,52,1000,{}]"]]));
  });
});

describe("pauses", () => {
  /** How many requests of a path are made within a minute, where each gets the same. */
  async function countOf(path: string, reply: (request: NonNullable<ReturnType<ScriptedNetwork["next"]>>) => void) {
    let count = 0;
    for (let ms = 0; ms < 14_000; ms += 50) {
      for (let request = network.next(path); request; request = network.next(path)) {
        count += 1;
        reply(request);
      }
      await pass(50);
    }
    return count;
  }

  test.each<[string, TunnelMode, Parameters<typeof countOf>[1]]>([
    ["polls that are cut", "polling", (request) => request.cut()],
    ["polls that get a 502", "polling", (request) => request.answer("bad gateway", [], 502)],
    ["polls that are answered at once with nothing", "polling", (request) => request.answer({ first: 2, received: 1 })],
    ["streams that are refused", "stream", (request) => request.cut()],
  ])("%s are never repeated at once", async (_, mode, reply) => {
    const { ends } = await open(mode);
    if (mode === "stream") network.requests[0]!.cut();
    else reply(network.requests.at(-1)!);
    const count = await countOf(mode === "stream" ? "stream" : "poll", reply);
    expect(count).toBeGreaterThan(5);
    expect(count).toBeLessThan(20);
    expect(ends).toEqual([]);
  });

  test("a stream that ends twice without an event fails", async () => {
    const { ends } = tunnel("stream");
    for (let i = 0; i < 2; ++i) {
      (await network.request("stream")).stream(opened).end();
      await pass(500);
    }
    expect(ends).toEqual([["stream", "ended", undefined]]);
  });

  test("a poll that is cut late waits half as long next time, down to a second", async () => {
    const { request } = await open("polling");
    let poll = request;
    const holds = [];
    for (let i = 0; i < 6; ++i) {
      holds.push(poll.head.hold);
      await pass(1500);
      if (i % 2) poll.answer("gateway time-out", [], 504);
      else poll.cut();
      await pass(2000);
      poll = await network.request("poll");
    }
    expect(holds).toEqual([20_000, 10_000, 5000, 2500, 1250, 1000]);
  });

  test("a connection is lost after the idle time without an answer, or immediately if the server does not know it", async () => {
    const { request, ends } = await open("polling");
    request.cut();
    await pass(500);
    for (let i = 0; i < 20 && !ends.length; ++i) {
      network.next("poll")?.cut();
      await pass(2000);
    }
    expect(ends).toEqual([0]);
    const second = await open("polling");
    second.request.answer("gone", [], 410);
    await soon(() => expect(second.ends).toEqual([0]));
  });

  test("an answer with close ends the connection with its code, after its frames", async () => {
    const { request, ends, heard } = await open("polling");
    request.answer({ first: 2, received: 1, close: 1012 }, [event(1)]);
    await soon(() => expect(ends).toEqual([1012]));
    expect(heard.at(-1)).toBe(event(1));
  });
});
