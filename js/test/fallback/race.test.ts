// Which transport wins a race, what is reported of it, and why the others did not.
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { TransportName } from "../../src/api/events.js";
import { Choice, rememberedMs } from "../../src/fallback/choice.js";
import type { FallbackHost } from "../../src/fallback/fallback_host.js";
import { Race, type RaceStart } from "../../src/fallback/race.js";
import type { Pipe } from "../../src/transport/pipe.js";
import { ScriptedNetwork, settled, soon, TestSocket, type TunnelRequest } from "../support/scripted_fetch.js";

const hello = "[1,1,0,0,{}]";
const join = '[2,1,0,0,0,"chat",{}]';
const welcome = '[33,1,0,0,15000,0,1,{"session":"s","userId":"ann"}]';
const opened = { session: "id", idleMs: 15_000, ackBytes: 65_536, first: 1, received: 1 };
const all: TransportName[] = ["websocket", "stream", "polling"];

let network: ScriptedNetwork;
const races: Race[] = [];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
  network = new ScriptedNetwork();
});
afterEach(() => {
  for (const race of races.splice(0)) race.close(4001);
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function begin({
  transports = all,
  until = 0,
  ...start
}: { transports?: TransportName[]; until?: number } & Partial<RaceStart> = {}) {
  const memory = { until };
  const tells: TransportName[] = [];
  const cuts: number[] = [];
  const moves: Pipe[] = [];
  const host: FallbackHost = {
    transports,
    resume: "secret",
    frameBytesMax: 65_536,
    socket: {
      identify: async () => [{ token: "fresh" }],
      openWebSocket: (url, protocols) => new network.WebSocket(url, protocols),
    },
    transportInUse: { set: ({ transport }) => tells.push(transport!) },
    moveNow: (pipe) => moves.push(pipe) < 2,
    wasCut: (ageMs) => cuts.push(ageMs),
  };
  const race = new Race(host, new Choice(transports, memory), {
    url: "ws://host/dialogue",
    protocols: ["v1", "dialogue.v1.with", "x"],
    messages: [`${hello}\n${join}`],
    ...start,
  });
  races.push(race);
  const heard: string[] = [];
  const ends: any[] = [];
  race.onopen = () => heard.push("open");
  race.onmessage = ({ data }) => heard.push(data);
  race.onclose = (event) => ends.push(event);
  return { race, heard, ends, memory, tells, moves, cuts };
}
const pass = async (ms: number) => {
  await vi.advanceTimersByTimeAsync(ms);
  await settled();
};
const why = (race: Race) => race.attempts.map(({ transport, reason, afterMs }) => `${transport} ${reason} ${afterMs}`);
/** Time passes while the server answers, and says PING by a stream. */
async function live(stream: TunnelRequest, ms: number) {
  for (let passed = 0; passed < ms; passed += 5000) {
    for (let send = network.next("send"); send; send = network.next("send"))
      send.answer({ first: 1, received: send.head.from - 1 + send.frames.length });
    stream.say("[44,1]");
    await pass(5000);
  }
}
const made = () => network.requests.map(({ path }) => path);

describe("the order", () => {
  test("a WebSocket that answers is the connection, and nothing else begins", async () => {
    const { race, heard, memory } = begin();
    const [socket] = network.sockets;
    socket!.open();
    await pass(1499);
    socket!.say(welcome);
    await pass(60_000);
    expect(heard).toEqual(["open", welcome]);
    expect([race.transport, race.reason, why(race)]).toEqual(["websocket", "preferred", []]);
    expect([made(), network.sockets.length, memory.until]).toEqual([[], 1, 0]);
  });

  test("beside a silent WebSocket a stream begins after 1.5 s with HELLO alone, and JOINs follow when it has won", async () => {
    const { race, heard } = begin();
    network.sockets[0]!.open();
    await pass(1499);
    expect(made()).toEqual([]);
    await pass(1);
    const stream = await network.request("stream");
    expect(stream.frames).toEqual([hello]);
    race.send('[2,2,0,0,0,"later",{}]');
    stream.stream(opened).say(welcome);
    const send = await network.request("send");
    expect(send.frames).toEqual([join, '[2,2,0,0,0,"later",{}]']);
    expect(heard).toEqual(["open", welcome]);
    expect([race.transport, race.reason, why(race)]).toEqual(["stream", "fallback", ["websocket silent 1500"]]);
    expect(network.sockets[0]!.closedWith).toBe(1000);
  });

  test("a WebSocket that answers after all has won, and the session beside it ends", async () => {
    const { race, heard } = begin();
    network.sockets[0]!.open();
    await pass(1500);
    const stream = (await network.request("stream")).stream(opened);
    await settled();
    network.sockets[0]!.say(welcome);
    await settled();
    expect([race.transport, heard, stream.isAborted]).toEqual(["websocket", ["open", welcome], true]);
    expect((await network.request("send")).head).toMatchObject({ session: "id", close: 1000 });
  });

  test("a WebSocket that fails is followed immediately, with all frames in one request", async () => {
    const { race } = begin();
    network.sockets[0]!.fail();
    const stream = await network.request("stream");
    expect(stream.frames).toEqual([hello, join]);
    stream.stream(opened).say(welcome);
    await soon(() => expect(race.transport).toBe("stream"));
    expect(why(race)).toEqual(["websocket unreachable 0"]);
  });

  test("the worst case, a silent WebSocket and a silent stream, both open: a poll connects after 3.5 s", async () => {
    const { race } = begin();
    network.sockets[0]!.open();
    await pass(1500);
    const stream = (await network.request("stream")).stream();
    await pass(1999);
    expect(network.next("poll")).toBeUndefined();
    await pass(1);
    const poll = await network.request("poll");
    expect(poll.body).toBe(stream.body);
    poll.answer(opened, [welcome]);
    await soon(() => expect(race.transport).toBe("polling"));
    expect(why(race)).toEqual(["stream silent 3500", "websocket silent 3500"]);
  });

  test.each<[TransportName[], string[]]>([
    [["stream"], ["stream"]],
    [["polling"], ["poll"]],
    [["polling", "websocket"], ["poll"]],
  ])("%j begin with %j, with all frames", async (transports, paths) => {
    begin({ transports });
    await settled();
    expect(made()).toEqual(paths);
    expect(network.requests[0]!.frames).toEqual([hello, join]);
    expect(network.sockets).toEqual([]);
  });

  test("a WebSocket that begins beside another transport sends HELLO once it is open, and the rest when it has won", async () => {
    const { race } = begin({ transports: ["polling", "websocket"] });
    await pass(2000);
    const [socket] = network.sockets;
    expect(socket!.offered).toEqual(["dialogue.v1"]);
    socket!.open(false);
    expect(socket!.sent).toEqual([hello]);
    socket!.say(welcome);
    expect([socket!.sent, race.transport, race.reason]).toEqual([[hello, join], "websocket", "fallback"]);
  });

  test("a WebSocket that was opened before takes part as it is", async () => {
    const webSocket = new TestSocket("ws://host", []);
    const { race, heard } = begin({ pending: { webSocket, began: Date.now() - 1500, isOpen: true } });
    await network.request("stream");
    webSocket.say(welcome);
    expect([race.transport, heard, webSocket.sent, network.sockets]).toEqual(["websocket", ["open", welcome], [], []]);
  });
});

describe("the end", () => {
  test("P-26 if all transports have failed, one failure has every reason, and nothing is remembered", async () => {
    const { race, ends, memory } = begin({ until: Date.now() + 1000, transports: all });
    (await network.request("stream")).answer("<h1>", [], 404);
    (await network.request("poll")).answer("<h1>", [], 404);
    await settled();
    network.sockets[0]!.fail();
    await settled();
    expect(ends).toEqual([{ code: 0, attempts: race.attempts }]);
    expect(why(race)).toEqual(["stream status 404 0", "polling status 404 0", "websocket unreachable 0"]);
    expect(memory.until).toBe(0);
  });

  test("a full server reports that it is full, and when to reconnect", async () => {
    const { heard, ends } = begin({ transports: ["stream"] });
    (await network.request("stream")).answer("full", [], 503, { "Retry-After": "3" });
    await soon(() => expect(ends).toHaveLength(1));
    expect(heard).toEqual(["[45,54,3000,{}]"]);
  });

  test.each(["websocket", "stream"] as const)("a refusal by %s ends the race: no other transport is asked", async (by) => {
    const bye = '[45,58,0,{"message":"The token was not accepted."}]';
    const { heard, ends } = begin({ transports: by === "stream" ? ["stream", "polling", "websocket"] : all });
    if (by === "websocket") {
      network.sockets[0]!.open();
      network.sockets[0]!.say(bye);
      network.sockets[0]!.fail(4505);
    } else (await network.request("stream")).stream(opened).say(bye);
    await soon(() => expect(ends).toHaveLength(1));
    await pass(30_000);
    expect(heard).toEqual(["open", bye]);
    expect([network.sockets.length, network.next("poll")]).toEqual([by === "websocket" ? 1 : 0, undefined]);
  });

  test("a page that ends closes its session; one in the browser's cache does not", async () => {
    const page = new EventTarget();
    vi.stubGlobal("addEventListener", page.addEventListener.bind(page));
    vi.stubGlobal("removeEventListener", page.removeEventListener.bind(page));
    const { race } = begin({ transports: ["stream"] });
    (await network.request("stream")).stream(opened).say(welcome);
    await soon(() => expect(race.transport).toBe("stream"));
    (await network.request("send")).answer({ first: 2, received: 2 });
    page.dispatchEvent(Object.assign(new Event("pagehide"), { persisted: true }));
    await settled();
    expect(network.next("send")).toBeUndefined();
    page.dispatchEvent(Object.assign(new Event("pagehide"), { persisted: false }));
    const last = await network.request("send");
    expect([last.head.close, last.init.keepalive]).toEqual([1001, true]);
  });
});

describe("memory", () => {
  /** A race that a stream wins. */
  async function wonByStream(options: Parameters<typeof begin>[0], how: "fail" | "wait") {
    const result = begin(options);
    if (how === "fail") network.sockets.at(-1)!.fail();
    else await pass(1500);
    const stream = (await network.request("stream")).stream(opened).say(welcome);
    await soon(() => expect(result.race.transport).toBe("stream"));
    return { ...result, stream };
  }

  test("one failure is not remembered, and a probe that fails is the second", async () => {
    const { memory, race, stream } = await wonByStream({}, "fail");
    expect(memory.until).toBe(0);
    await live(stream, 30_000);
    network.sockets[1]!.fail();
    expect(memory.until).toBe(Date.now() + rememberedMs);
    expect(race.transport).toBe("stream");
  });

  test("if a failure is remembered, HTTP begins first; a pending WebSocket does not count as failed", async () => {
    const first = begin({ until: Date.now() + 1000 });
    expect([made(), network.sockets.length]).toEqual([["stream"], 0]);
    (await network.request("stream")).stream(opened).say(welcome);
    await soon(() => expect([first.race.transport, first.race.reason]).toEqual(["stream", "remembered"]));
    const until = Date.now() + 1000;
    const webSocket = new TestSocket("ws://host", []);
    const second = begin({ until, pending: { webSocket, began: Date.now(), isOpen: false } });
    (await network.request("stream")).stream(opened).say(welcome);
    await soon(() => expect([second.race.transport, second.race.reason]).toEqual(["stream", "remembered"]));
    expect(second.memory.until).toBe(until);
  });
});

describe("while HTTP carries", () => {
  async function streaming() {
    const result = begin();
    network.sockets[0]!.fail();
    const stream = (await network.request("stream")).stream(opened).say(welcome);
    await soon(() => expect(result.race.transport).toBe("stream"));
    (await network.request("send")).answer({ first: 2, received: 2 });
    return { ...result, stream };
  }

  test("a WebSocket that is sent HELLO gets a fresh token and the secret, and its WELCOME moves the client", async () => {
    const { moves, heard, stream, ends } = await streaming();
    await live(stream, 30_000);
    stream.say("[44,1]"); // nothing of it is lost meanwhile
    const probe = network.sockets[1]!;
    expect(probe.offered).toEqual(["dialogue.v1"]);
    probe.open(false);
    await settled();
    expect(probe.sent.map((text) => JSON.parse(text))).toEqual([[1, 1, 0, 0, { token: "fresh", resume: "secret" }]]);
    stream.say("[45,53,0,{}]"); // replaced, by this
    await settled();
    expect([heard.at(-1), ends]).toEqual(["[44,1]", []]);
    probe.say(welcome);
    expect(moves).toEqual([probe]);
    expect([moves[0]!.welcome, moves[0]!.reason, probe.closedWith]).toEqual([welcome, "moved", undefined]);
  });

  test("a WebSocket that is welcomed when the connection has ended is closed", async () => {
    const { moves, stream } = await streaming();
    moves.push(network.sockets[0] as unknown as Pipe);
    await live(stream, 30_000);
    const probe = network.sockets[1]!;
    probe.open(false);
    await settled();
    probe.say(welcome);
    expect([moves.length, probe.closedWith]).toEqual([2, 1000]);
  });

  test("one that was sent HELLO and stays silent leaves a lost connection, not the end of the client", async () => {
    const { heard, ends, stream } = await streaming();
    await live(stream, 30_000);
    network.sockets[1]!.open(false);
    await settled();
    stream.say("[45,53,0,{}]");
    await pass(1999);
    expect(ends).toEqual([]);
    await pass(1);
    expect(ends).toEqual([{ code: 0, attempts: undefined }]);
    expect(heard).not.toContain("[45,53,0,{}]");
  });

  test("the network's return is a reason to try at once, and to forget", async () => {
    const page = new EventTarget();
    vi.stubGlobal("addEventListener", page.addEventListener.bind(page));
    vi.stubGlobal("removeEventListener", page.removeEventListener.bind(page));
    const { memory, race } = await streaming();
    memory.until = Date.now() + 1000;
    page.dispatchEvent(new Event("online"));
    expect([network.sockets.length, memory.until]).toEqual([2, 0]);
    race.close(4001);
    page.dispatchEvent(new Event("online"));
    expect(network.sockets).toHaveLength(2);
  });

  test("P-39 a stream that becomes silent becomes a poll of the same session, and the client reports it", async () => {
    const { race, tells, ends } = await streaming();
    race.send("[8,2,{}]");
    (await network.request("send")).answer({ first: 2, received: 3 });
    await pass(4000); // and its answer does not come
    const poll = await network.request("poll");
    expect(poll.head).toMatchObject({ session: "id", have: 1 });
    expect([race.transport, tells, ends]).toEqual(["polling", ["polling"], []]);
    expect(why(race).at(-1)).toMatch(/^stream silent/);
  });
});
