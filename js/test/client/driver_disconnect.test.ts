// disconnect() and moves: whether the page wants a connection, and what of one connection may reach the next.
import { afterEach, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { Driver } from "../../src/client/driver.js";
import { eventually } from "../support/eventually.js";
import { connect, eventFrame, member, scripted, server } from "../support/member.js";

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

test("F-J10 disconnect() in a handler is no failure", async () => {
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
  const connecting = vi.spyOn(Driver.prototype, "connect");
  const { client, peer, room } = await member();
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
  void rooms[0]!.then(() => (connecting.mock.contexts[0] as Driver).moveNow());
  peer.say(joined(joins[0]!, 8), joined(joins[1]!, 9), eventFrame(1, { text: "a" }));
  await Promise.all(rooms);
  const second = await server.connection();
  await second.frame(1);
  await new Promise((resolve) => setTimeout(resolve)); // what was deferred is read now
  second.say([33, 1, 0, 0, 25_000, Date.now(), 1, { session: "s", userId: "ann", name: "Ann" }]);
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

test("a final refusal has its reason, also where a handler disconnects first", async () => {
  const { client, peer } = await member();
  const changes: unknown[] = [];
  client.on("error", () => client.disconnect());
  client.on("state", (state, { reason }) => changes.push([state, reason]));
  peer.say([45, 58, 0, {}]);
  peer.socket.close(4508);
  await eventually(() =>
    expect(changes).toEqual([
      ["reconnecting", "disconnected"],
      ["closed", "closed"],
    ]),
  );
});
