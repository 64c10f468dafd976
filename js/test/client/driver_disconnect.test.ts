// disconnect() and moves: whether the page wants a connection, and what of one connection may reach the next.
import { afterEach, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import type { DialogueClient } from "../../src/index.js";
import { eventually } from "../support/eventually.js";
import { connect, eventFrame, member, scripted, server } from "../support/member.js";
import { nextDriver, welcomed } from "../support/moving.js";

scripted();
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

/** A WebSocket class that calls `opened` first. */
const counted = (opened: () => void) =>
  new Proxy(WebSocket, {
    construct: (_: unknown, [url, protocols]: [string, string[]]) => {
      opened();
      return new WebSocket(url, protocols);
    },
  }) as never;

const loaded = (client: { once(event: "loaded", handler: () => void): unknown }) =>
  new Promise<void>((resolve) => client.once("loaded", resolve));

test("F-J10 disconnect() before the core has loaded holds, also for a join, until connect()", async () => {
  const asked = vi.fn(() => "a.b.c");
  const client = connect({ auth: { token: asked } });
  const joining = client.join("chat");
  client.connect();
  client.disconnect();
  await loaded(client);
  await new Promise((resolve) => setTimeout(resolve));
  expect([client.state, asked.mock.calls.length]).toEqual(["connecting", 0]);
  client.connect();
  const peer = await server.connection();
  await peer.welcome();
  await peer.join();
  await joining;
});

test("F-J10 disconnect() right after creation holds", async () => {
  const opened = vi.fn();
  const client = connect({ WebSocket: counted(opened) });
  client.disconnect();
  await new Promise((resolve) => setTimeout(resolve));
  expect(opened).not.toHaveBeenCalled();
  const joining = client.join("chat"); // needs a connection
  const peer = await server.connection();
  await peer.welcome();
  await peer.join();
  await joining;
});

test("F-J10 disconnect() in a handler is not a failure", async () => {
  const { client, peer, room } = await member();
  const changes: unknown[] = [];
  const failed = vi.fn();
  client.on("connect_error", failed);
  client.on("state", (state, { reason }) => changes.push([state, reason]));
  room.on("message", () => client.disconnect());
  peer.say(eventFrame(1, { text: "a" }));
  expect(await peer.closed).toBe(4001);
  await eventually(() => expect(changes).toEqual([["reconnecting", "disconnected"]]));
  expect([failed.mock.calls, client.lastError]).toEqual([[], undefined]);
});

test("F-J10 a page that was disconnected before the browser kept it stays so", async () => {
  const shell = new EventTarget();
  vi.stubGlobal("addEventListener", shell.addEventListener.bind(shell));
  vi.stubGlobal("removeEventListener", shell.removeEventListener.bind(shell));
  const say = (name: string, facts = {}) => shell.dispatchEvent(Object.assign(new Event(name), facts));
  const opened = vi.fn();
  const { client, peer } = await member({ WebSocket: counted(opened) });
  client.disconnect();
  await peer.closed;
  say("pagehide", { persisted: true });
  say("pageshow", { persisted: true });
  await new Promise((resolve) => setTimeout(resolve));
  expect([client.state, opened.mock.calls.length]).toEqual(["reconnecting", 1]);
  client.connect();
  await (await server.connection()).welcome();
});

test("F-J11 a connection that is replaced while joins arrive leaves no frame for the next one", async () => {
  const driver = nextDriver();
  const { client, peer, room } = await member();
  const { pipe, peer: second } = await welcomed(driver());
  const failed = vi.fn();
  client.on("error", failed);
  const texts: string[] = [];
  room.on("message", ({ data }) => texts.push(data.text));
  const rooms = (["game-1", "game-2"] as const).map((id) => client.join(id));
  const joins = [await peer.frame(2), await peer.frame(2)];
  const joined = (join: any[], number: number) => [
    34,
    join[1],
    number,
    99,
    1,
    0,
    1,
    { roomId: join[5], name: "Game", clock: 1, members: [] },
  ];
  void rooms[0]!.then(() => driver().moveNow(pipe));
  peer.say(joined(joins[0]!, 8), joined(joins[1]!, 9), eventFrame(1, { text: "a" }));
  await Promise.all(rooms);
  const again = [await second.frame(2), await second.frame(2), await second.frame(2)];
  const chat = again.find((frame) => frame[5] === "chat")!;
  expect(chat.slice(2, 5)).toEqual([2, 99, 0]); // since before the event that was not read
  second.say(
    [34, chat[1], 7, 99, 1, 1, 1, { roomId: "chat", name: "Chat", clock: 1, members: [] }],
    eventFrame(1, { text: "a" }),
  );
  await eventually(() => expect(texts).toEqual(["a"]));
  expect(failed).not.toHaveBeenCalled();
});

/** A member that moves while a JOINED defers what came after it: `frame`, which the move reads. */
async function moving(frame: unknown[]) {
  const driver = nextDriver();
  const made = await member();
  const { pipe, peer: second } = await welcomed(driver());
  const joining = made.client.join("game-1");
  const join = await made.peer.frame(2);
  let hasMoved: boolean | undefined;
  void joining.then(() => {
    hasMoved = driver().moveNow(pipe);
    if (!hasMoved) pipe.close(1000);
  });
  const facts = { roomId: "game-1", name: "Game", clock: 1, members: [] };
  made.peer.say([34, join[1], 8, 99, 1, 0, 1, facts], frame);
  return { ...made, second, moved: () => eventually(() => expect(hasMoved).toBeDefined()).then(() => hasMoved) };
}
const direct = [36, 0, 2, 0, 1000, "bob", 0, { text: "a" }];

test("a connection that a handler ends while it moves ends, and its successor is closed unused", async () => {
  const { client, peer, second, moved } = await moving(direct);
  let changed: Promise<void> | undefined;
  client.onDirect("message", () => {
    changed = client.setAuth({ userId: "bob" });
  });
  expect(await moved()).toBe(false);
  expect(await second.closed).toBe(1000);
  await peer.closed;
  const third = await server.connection();
  expect((await third.welcome({ userId: "bob" }))[4].identity).toEqual({ userId: "bob" });
  await changed;
  await eventually(() => expect([client.state, client.userId]).toEqual(["connected", "bob"]));
});

test("a connection that is ended right after it moved takes its successor with it", async () => {
  const driver = nextDriver();
  const { client } = await member();
  const { pipe, peer: second } = await welcomed(driver());
  expect(driver().moveNow(pipe)).toBe(true);
  const changed = client.setAuth({ userId: "bob" });
  await second.closed;
  const third = await server.connection();
  expect((await third.welcome({ userId: "bob" }))[4].identity).toEqual({ userId: "bob" });
  await changed;
});

test("a connection that the server ends while it moves waits as the server asked", async () => {
  const { client, peer, second, moved } = await moving([45, 52, 5000, {}]);
  const states: string[] = [];
  client.on("state", (state) => states.push(state));
  expect(await moved()).toBe(false);
  await second.closed;
  peer.socket.close(4000);
  await eventually(() => expect(states).toEqual(["reconnecting"]));
  expect(client.waiting?.code).toBe("draining");
});

test("F-J10 a join of a room that is joined or joining connects again", async () => {
  const { client, peer, room } = await member();
  client.disconnect();
  await peer.closed;
  expect(await client.join("chat")).toBe(room);
  const second = await server.connection();
  await second.welcome();
  await second.join();
  await eventually(() => expect(client.state).toBe("connected"));
});

test("a final refusal has its reason, also if a handler disconnects first", async () => {
  const { client, peer } = await member();
  const changes: unknown[] = [];
  client.on("error", () => client.disconnect());
  client.on("state", (state, { reason }) => changes.push([state, reason]));
  peer.say([45, 58, 0, {}]);
  peer.socket.close(4508);
  await eventually(() =>
    expect(changes).toEqual([
      ["reconnecting", "disconnected"],
      ["closed", "token_invalid"],
    ]),
  );
});

test.each([
  ["disconnects", (client: DialogueClient<any, any>) => client.disconnect()],
  ["changes the user", (client: DialogueClient<any, any>) => void client.setAuth({ userId: "bob" }).catch(() => {})],
])("a connection is not moved where a handler of a leave under way %s", async (_, end) => {
  const driver = nextDriver();
  const { client, room } = await member();
  const { pipe, peer: second } = await welcomed(driver());
  room.onLeave(() => end(client));
  void room.leave();
  expect(driver().moveNow(pipe)).toBe(false);
  pipe.close(1000);
  expect(await second.closed).toBe(1000);
  client.connect();
  await (await server.connection()).welcome();
  await eventually(() => expect(client.state).toBe("connected"));
});
