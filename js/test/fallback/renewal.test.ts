// A connection is replaced before the age at which a proxy ends it, by another one that the server has welcomed.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { open as createRenewal } from "../../src/fallback/renewal.js";
import type { RenewalHost } from "../../src/fallback/renewal_host.js";
import type { Pipe } from "../../src/transport/pipe.js";
import { ScriptedNetwork, settled, TestSocket } from "../support/scripted_fetch.js";

const hello = '[1,1,0,0,{"producer":{"id":"p-1"}}]';
const join = '[2,1,0,0,0,"chat",{}]';
const welcome = '[33,1,0,0,15000,0,1,{"session":"s","userId":"ann"}]';
const replaced = "[45,53,0,{}]";

let network: ScriptedNetwork;
let page: EventTarget;
let handlers: Map<string, () => void>;
let heard: unknown[];
let ends: unknown[];
let moves: Pipe[];
let canMove: boolean;
let host: { -readonly [Key in keyof RenewalHost]: any };

/** A pipe in use, whose owner notes what it hears. */
function use(pipe: Pipe): Pipe {
  pipe.onmessage = ({ data }) => heard.push(data);
  pipe.onclose = (end) => ends.push(end);
  host.socket.pipe = pipe;
  return pipe;
}
function change(name: string | null): void {
  host.transportInUse.name = name;
  handlers.get("transport")!();
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
  network = new ScriptedNetwork();
  page = new EventTarget();
  vi.stubGlobal("addEventListener", page.addEventListener.bind(page));
  vi.stubGlobal("removeEventListener", page.removeEventListener.bind(page));
  [handlers, heard, ends, moves, canMove] = [new Map(), [], [], [], true];
  host = {
    state: "reconnecting",
    resume: "secret",
    emitter: { on: (event: string, handler: () => void) => handlers.set(event, handler) },
    transportInUse: { name: null },
    socket: {
      address: "ws://host/dialogue",
      firstMessage: `${hello}\n${join}`,
      identify: async () => [{ token: "fresh" }],
      openWebSocket: (url: string, protocols: string[]) => new network.WebSocket(url, protocols),
    },
    moveNow: (pipe: Pipe) => moves.push(pipe) && canMove,
    wasCut: () => {},
  };
  createRenewal(host as RenewalHost, 30_000);
  use(new TestSocket("ws://host/dialogue", []));
  change("websocket");
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});
const count = () => network.sockets.length;
const pass = async (ms: number) => {
  await vi.advanceTimersByTimeAsync(ms);
  await settled();
};
/** The WebSocket that is tried at the time, open, with HELLO. */
async function tried(): Promise<TestSocket> {
  await pass(24_000);
  const socket = network.sockets.at(-1)!;
  socket.open(false);
  await settled();
  return socket;
}

test("P-40 at 80 % of the lifetime a WebSocket resumes the session, and its WELCOME moves the client there", async () => {
  await pass(23_999);
  expect(count()).toBe(0);
  await pass(1);
  const socket = network.sockets[0]!;
  expect([count(), socket.offered, socket.sent]).toEqual([1, ["dialogue.v1"], []]);
  socket.open(false);
  await settled();
  expect(socket.sent).toEqual(['[1,1,0,0,{"producer":{"id":"p-1"},"token":"fresh","resume":"secret"}]']);
  expect(moves).toEqual([]);
  const old = host.socket.pipe as TestSocket;
  old.say(`[36,7,1]\n${replaced}`);
  old.fail(4000);
  expect([heard, ends]).toEqual([["[36,7,1]"], []]);
  socket.say(welcome);
  expect(moves).toEqual([socket]);
  expect([moves[0]!.welcome, socket.closedWith]).toEqual([welcome, undefined]);
});

test("one that is welcomed when the connection has ended is closed, and the end is reported", async () => {
  const socket = await tried();
  const old = host.socket.pipe as TestSocket;
  canMove = false;
  old.fail(4000);
  socket.say(welcome);
  expect([moves, socket.closedWith, ends]).toEqual([[socket], 1000, [{ code: 4000 }]]);
});

test("it moves again at the same age, and not more often", async () => {
  for (let move = 1; move <= 3; ++move) {
    const socket = await tried();
    socket.say(welcome);
    use(moves.at(-1)!);
    expect([moves.length, count()]).toEqual([move, move]);
  }
});

test("if the new connection gets no answer, the old one stays, and the move is not tried again", async () => {
  const socket = await tried();
  await pass(10_000);
  expect([socket.closedWith, moves, ends]).toEqual([1000, [], []]);
  await pass(600_000);
  expect(count()).toBe(1);
  host.socket.pipe.say(`${replaced}`); // late
  host.socket.pipe.say("[36,7,1]");
  expect(heard).toEqual(["[36,7,1]"]);
});

test("if the server ended the connection for another that then gets no answer, the connection is lost", async () => {
  await tried();
  host.socket.pipe.fail(4000);
  expect(ends).toEqual([]);
  await pass(9_999);
  expect(ends).toEqual([]);
  await pass(1);
  expect(ends).toEqual([{ code: 4000 }]);
});

test("one that cannot open, or is refused, changes nothing", async () => {
  await pass(24_000);
  network.sockets[0]!.fail();
  const { onmessage } = host.socket.pipe;
  onmessage({ data: "[36,7,1]" });
  expect([heard, ends, moves]).toEqual([["[36,7,1]"], [], []]);
  change(null);
  change("websocket");
  const socket = await tried();
  socket.say("[45,11,0,{}]");
  expect([socket.closedWith, moves, ends]).toEqual([1000, [], []]);
});

test("a loss while the other one opens is an ordinary loss", async () => {
  await pass(24_000);
  host.socket.pipe.fail();
  expect(ends).toEqual([{ code: 1006 }]);
  change(null);
  expect(network.sockets[0]!.closedWith).toBe(1000);
});

test("no timer is left when there is no connection", async () => {
  await pass(20_000);
  change(null);
  expect(vi.getTimerCount()).toBe(0);
  change("polling"); // whose requests are short by themselves
  await pass(600_000);
  expect(count()).toBe(0);
  change("websocket");
  await tried();
  change(null);
  expect(vi.getTimerCount()).toBe(0);
});

test("a stream is renewed within its session, as long as it is used", async () => {
  const renew = vi.fn();
  host.socket.pipe = { renew };
  change("stream");
  await pass(23_999);
  expect(renew).toHaveBeenCalledTimes(0);
  await pass(1);
  expect(renew).toHaveBeenCalledTimes(1);
  await pass(48_000);
  expect([renew.mock.calls.length, count()]).toEqual([3, 0]);
  await pass(12_000);
  host.wasCut(12_000); // by a network that was away for a moment: the next stream begins now
  await pass(23_999);
  expect(renew).toHaveBeenCalledTimes(3);
  await pass(1);
  expect(renew).toHaveBeenCalledTimes(4);
});

test("another network has another lifetime, and what was learned is forgotten", async () => {
  page.dispatchEvent(new Event("online"));
  expect(vi.getTimerCount()).toBe(0);
  host.wasCut(30_000); // once
  change("websocket");
  await pass(600_000);
  expect(count()).toBe(0);
  host.wasCut(60_500);
  host.wasCut(60_000); // twice
  change("websocket");
  await pass(47_999);
  expect(count()).toBe(0);
  await pass(1);
  expect(count()).toBe(1);
});

test("one number is remembered: a shorter lifetime replaces it, and a connection that lived longer forgets it", async () => {
  host.wasCut(10_000);
  host.wasCut(10_100);
  change("websocket");
  await pass(8080);
  expect(count()).toBe(1);
  host.wasCut(20_000);
  change("websocket");
  await pass(600_000);
  expect(count()).toBe(1);
});

test("a client that is closed no longer listens", () => {
  const removed = vi.spyOn(page, "removeEventListener");
  const added = vi.spyOn(page, "addEventListener");
  vi.stubGlobal("addEventListener", page.addEventListener.bind(page));
  vi.stubGlobal("removeEventListener", page.removeEventListener.bind(page));
  host.state = "closed";
  handlers.get("state")!();
  expect([removed.mock.calls.length, added.mock.calls.length]).toEqual([1, 0]);
  host.state = "connecting";
  handlers.get("state")!();
  expect(added.mock.calls.length).toBe(1);
});

test("a lifetime of more than a day is not worth a timer, which could not wait so long", async () => {
  host.wasCut(3_000_000_000);
  host.wasCut(3_000_000_001);
  change("websocket");
  expect(vi.getTimerCount()).toBe(0);
});
