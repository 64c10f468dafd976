// The client against a server that says what the test wants. What a real server does with it is tested in e2e/.
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { type ClientOptions, createDialogueClient, type DialogueClient, DialogueError, type Room } from "../src/index.js";
import { app, type Events, type Rooms } from "./support/app.js";
import { ScriptedServer } from "./support/scripted_server.js";

let server: ScriptedServer;
const clients: DialogueClient<any, any>[] = [];

beforeEach(async () => {
  server = await ScriptedServer.start();
});
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
  server.close();
});

function connect(options: ClientOptions<Events, Rooms> = {}): DialogueClient<Events, Rooms> {
  const client = createDialogueClient<Events, Rooms>({ url: server.url, app, WebSocket, ...options });
  clients.push(client);
  return client;
}

/** A member of "chat": the client, its room, and the server's end. */
async function member(options?: ClientOptions<Events, Rooms>) {
  const client = connect(options);
  const joining = client.join("chat");
  const peer = await server.connection();
  await peer.welcome();
  await peer.join({ members: [{ userId: "ann" }] });
  return { client, peer, room: await joining };
}

const eventFrame = (seq: number, data: unknown, from = "bob") => [36, 7, 2, seq, 1000 + seq, from, 0, data];
const nextError = (client: DialogueClient<any, any>) => new Promise<any>((resolve) => client.on("error", resolve));

describe("connecting", () => {
  test("HELLO says the catalogue that the client holds, who it is and which producer", async () => {
    connect({ auth: { userId: "ann", name: "Ann", meta: { role: "host" } } });
    const [, version, features, catalogue, facts] = await (await server.connection()).frame(1);
    expect([version, features, catalogue]).toEqual([1, 0, parseInt(app.fingerprint, 16)]);
    expect(facts.identity).toEqual({ userId: "ann", name: "Ann", meta: { role: "host" } });
    expect(facts.producer.id).toMatch(/^[\w-]{1,64}$/);
    expect(facts).not.toHaveProperty("token");
  });

  test("a token is asked for at each connection", async () => {
    let count = 0;
    connect({ auth: { token: async () => `token-${++count}` } });
    for (const token of ["token-1", "token-2"]) {
      const peer = await server.connection();
      const [, , , , facts] = await peer.frame(1);
      expect(facts.token).toBe(token);
      expect(facts).not.toHaveProperty("identity");
      peer.socket.terminate();
    }
  });

  test("a token that cannot be had is told and asked for again", async () => {
    const token = vi.fn().mockRejectedValueOnce(new Error("offline")).mockReturnValue("t");
    const client = connect({ auth: { token } });
    expect((await nextError(client)).message).toBe("offline");
    const [, , , , facts] = await (await server.connection()).frame(1);
    expect(facts.token).toBe("t");
  });

  test("the state, the user and the transport follow the connection", async () => {
    const client = connect();
    const states: unknown[] = [];
    client.on("state", (state) => states.push(state));
    client.on("transport", (transport) => states.push(transport));
    expect([client.state, client.userId, client.transport]).toEqual(["connecting", undefined, undefined]);
    const peer = await server.connection();
    await peer.welcome();
    await vi.waitFor(() => expect(client.state).toBe("connected"));
    expect([client.userId, client.transport]).toEqual(["ann", "websocket"]);
    peer.socket.terminate();
    await (await server.connection()).welcome();
    await vi.waitFor(() => expect(client.state).toBe("connected"));
    client.close();
    expect(states).toEqual(["websocket", "connected", undefined, "reconnecting", "websocket", "connected", undefined, "closed"]);
  });

  test("without an app the catalogue comes with WELCOME", async () => {
    const client = createDialogueClient({ url: server.url, WebSocket });
    clients.push(client);
    const joining = client.join("chat");
    const peer = await server.connection();
    const hello = await peer.welcome({ catalogue: app.catalogue });
    expect(hello[3]).toBe(0);
    await peer.join();
    const room = await joining;
    await expect(room.trigger("message", { text: "" })).rejects.toMatchObject({ code: "too_short", path: "$.text" });
  });

  test("BYE's message is what the application is told when the client gives up", async () => {
    const client = connect();
    const error = nextError(client);
    const joining = client.join("chat");
    const peer = await server.connection();
    await peer.frame(1);
    peer.say([45, 60, 0, { message: "The identity was not accepted: expired" }]);
    peer.socket.close(4507);
    expect(await error).toMatchObject({ code: "unauthorized", message: "The identity was not accepted: expired" });
    await expect(joining).rejects.toMatchObject({ code: "unauthorized" });
    expect(client.state).toBe("closed");
    await expect(client.listRooms()).rejects.toMatchObject({ code: "unauthorized" });
  });

  test("close before the core runs rejects what waits for it", async () => {
    const client = connect();
    const joining = client.join("chat");
    client.close();
    await expect(joining).rejects.toMatchObject({ code: "closed" });
    await expect(client.join("chat")).rejects.toMatchObject({ code: "closed" });
    expect(client.state).toBe("closed");
  });
});

describe("rooms", () => {
  test("JOIN names the room, from where, and the events", async () => {
    const client = connect();
    const peer = await server.connection();
    await peer.welcome();
    const joining = client.join("chat", { from: { since: { epoch: 99, seq: 3 } }, events: ["message"] });
    expect(await peer.join({ maxSize: 50 }, 5)).toEqual([2, expect.any(Number), 2, 99, 3, "chat", { events: ["message"] }]);
    const room = await joining;
    expect(room).toMatchObject({ id: "chat", name: "Chat", maxSize: 50, recovered: true, joined: true });
    expect(room.position).toEqual({ epoch: 99, seq: 3 });
    void client.join("game-1", { from: { last: 10 } }).catch(() => {});
    expect((await peer.frame(2)).slice(2)).toEqual([1, 0, 10, "game-1", {}]);
  });

  test("joining twice gives the same room, while it is asked for and afterwards", async () => {
    const client = connect();
    const [first, second] = [client.join("chat"), client.join("chat")];
    const peer = await server.connection();
    await peer.welcome();
    await peer.join();
    const room = await first;
    expect(await second).toBe(room);
    expect(await client.join("chat")).toBe(room);
  });

  test("a refused join says why, and can be tried again", async () => {
    const client = connect();
    const joining = client.join("chat");
    const peer = await server.connection();
    await peer.welcome();
    const [, request] = await peer.frame(2);
    peer.say([42, request, 64, { message: "The room is full: it holds 50 members.", retryAfterMs: 500 }]);
    await expect(joining).rejects.toMatchObject({ code: "room_full", message: /50 members/, retryAfterMs: 500 });
    const again = client.join("chat");
    await peer.join();
    expect((await again).id).toBe("chat");
  });

  test("events reach the handlers of their name and those of all", async () => {
    const { peer, room } = await member();
    const named: unknown[] = [];
    const all: unknown[] = [];
    const off = room.on("message", (message) => named.push(message));
    room.onAny((event, message) => all.push([event, message.seq, room.position.seq]));
    peer.say(eventFrame(1, { text: "Hi" }), eventFrame(2, { text: "again" }));
    await vi.waitFor(() => expect(named).toHaveLength(2));
    off();
    peer.say(eventFrame(3, { text: "third" }));
    await vi.waitFor(() => expect(all).toHaveLength(3));
    expect(named[0]).toEqual({
      event: "message",
      roomId: "chat",
      data: { text: "Hi" },
      from: "bob",
      timestamp: 1001,
      seq: 1,
      epoch: 99,
    });
    expect(named).toHaveLength(2);
    expect(all).toEqual([
      ["message", 1, 1],
      ["message", 2, 2],
      ["message", 3, 3],
    ]);
  });

  test("R-107 payloads are handed over as data, __proto__ included", async () => {
    const { peer, room } = await member();
    const received = new Promise<any>((resolve) => room.on("message", resolve));
    peer.socket.send('[36,7,2,1,0,"bob",0,{"text":"<script>","__proto__":{"polluted":true}}]');
    const { data } = await received;
    expect(Object.hasOwn(data, "__proto__")).toBe(true);
    expect((data as any).polluted).toBeUndefined();
    expect(({} as any).polluted).toBeUndefined();
  });

  test("members come with JOINED and change with PRESENCE", async () => {
    const { peer, room } = await member();
    expect(room.members).toEqual([{ userId: "ann" }]);
    const seen: number[] = [];
    room.onMembers((members) => seen.push(members.length));
    peer.say([43, 7, 2, { joined: [{ userId: "bob", name: "Bob" }] }]);
    peer.say([43, 7, 3, { joined: [{ userId: "bob", name: "Bobby" }] }]);
    peer.say([43, 7, 4, { left: ["ann"] }]);
    peer.say([43, 7, 5, { occupancy: 300 }]);
    await vi.waitFor(() => expect(seen).toEqual([2, 2, 1, 0]));
    expect(room.members).toEqual([]);
    expect(room.occupancy).toBe(300);
  });

  test("subscriptions are asked for by number, and a rejoin asks for them by name", async () => {
    const { peer, room } = await member();
    const asking = room.unsubscribe("message");
    const unsubscribe = await peer.frame(6);
    expect(unsubscribe.slice(2)).toEqual([7, 2]);
    peer.say([42, unsubscribe[1], 0, {}]);
    await asking;
    peer.socket.terminate();
    const second = await server.connection();
    await second.welcome();
    expect((await second.join())[6]).toEqual({ events: [] });
    const all = room.subscribeAll();
    const subscribe = await second.frame(5);
    expect(subscribe.slice(2)).toEqual([7, 0]);
    second.say([42, subscribe[1], 0, {}]);
    await all;
    second.socket.terminate();
    const third = await server.connection();
    await third.welcome();
    expect((await third.join())[6]).toEqual({ events: ["message"] });
  });

  test("leave ends the membership, and the room object with it", async () => {
    const { client, peer, room } = await member();
    const left: unknown[] = [];
    room.onLeave((reason) => left.push(reason));
    const iterator = room.events("message");
    const leaving = [room.leave(), room.leave()];
    const leave = await peer.frame(3);
    await expect(client.join("chat")).rejects.toMatchObject({ code: "not_left_yet" });
    peer.say([35, leave[1], 7, 0]);
    await Promise.all(leaving);
    expect(left).toEqual([undefined]);
    expect(room.joined).toBe(false);
    expect(await iterator.next()).toEqual({ value: undefined, done: true });
    await expect(room.trigger("message", { text: "Hi" })).rejects.toMatchObject({ code: "not_joined" });
    await room.leave();
    const again = client.join("chat");
    await peer.join();
    expect(await again).not.toBe(room);
  });

  test("a membership that the server ends tells why, to the room or else to the client", async () => {
    const { client, peer, room } = await member();
    const error = nextError(client);
    const iterator = room.events("message");
    const waiting = iterator.next();
    peer.say([35, 0, 7, 66]);
    expect(await error).toMatchObject({ code: "room_deleted", roomId: "chat" });
    await expect(waiting).rejects.toMatchObject({ code: "room_deleted" });
  });

  test("a room that the server puts the client into is announced, and join gives it", async () => {
    const client = connect();
    const announced = new Promise<Room>((resolve) => client.on("room", resolve));
    const peer = await server.connection();
    await peer.welcome();
    peer.say([34, 0, 8, 99, 1, 0, 1, { roomId: "chat", name: "Lobby", members: [] }]);
    const room = await announced;
    expect(room.name).toBe("Lobby");
    expect(await client.join("chat")).toBe(room);
  });

  test("R-99 missed events are told with the reason, before new ones", async () => {
    const { client, peer, room } = await member();
    const log: unknown[] = [];
    client.on("error", (error) => log.push(error));
    room.on("message", (message) => log.push(message.seq));
    peer.socket.terminate();
    const second = await server.connection();
    await second.welcome();
    const join = await second.frame(2);
    expect(join.slice(2, 6)).toEqual([2, 99, 0, "chat"]);
    second.say([34, join[1], 7, 99, 5, 4, 0, { roomId: "chat", reason: "trimmed" }], eventFrame(5, { text: "new" }));
    await vi.waitFor(() => expect(log).toHaveLength(2));
    expect(log[0]).toMatchObject({ code: "events_missed", message: "Events were missed: 1 to 4 (trimmed)", roomId: "chat" });
    expect(log[1]).toBe(5);
    expect(room.recovered).toBe(false);
  });

  test("listRooms gives what the server lists", async () => {
    const client = connect();
    const listing = client.listRooms();
    const peer = await server.connection();
    await peer.welcome();
    const [, request] = await peer.frame(8);
    const rooms = [{ id: "chat", name: "Chat", size: 2, maxSize: null }];
    peer.say([42, request, 0, { rooms }]);
    expect(await listing).toEqual(rooms);
  });
});

describe("trigger", () => {
  test("sends the validated payload and resolves with the position", async () => {
    const { client, peer, room } = await member();
    const receipt = room.trigger("message", { text: "Grüße \u{1F600}" });
    expect(client.pending).toBe(1);
    expect(await peer.frame(4)).toEqual([4, 7, 2, 1, 0, { text: "Grüße \u{1F600}" }]);
    peer.say([38, 7, 1, 99, 12, 1234, 0]);
    expect(await receipt).toEqual({ seq: 12, epoch: 99, timestamp: 1234, duplicate: false });
    expect(client.pending).toBe(0);
  });

  test.each([
    [{ text: "" }, "too_short", "$.text", "$.text is shorter than 1 characters"],
    [{ text: 5 }, "wrong_type", "$.text", "$.text expected string"],
    [{}, "required_missing", "$", "$ lacks the required property text"],
    [{ text: "a", more: 1 }, "property_unknown", "$.more", "$.more is not a declared property"],
    [undefined, "wrong_type", "$", "$ expected object"],
    [1n, "json_syntax", "$", "$ is not valid JSON"],
    [() => 1, "json_syntax", "$", "$ is not valid JSON"],
    [{ text: "\ud800" }, "json_utf8", "$.text", "$.text is not valid UTF-8 or has a lone surrogate"],
  ])("refuses %o before it leaves: %s at %s", async (data, code, path, message) => {
    const { peer, room } = await member();
    const error = await room.trigger("message", data as any).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(DialogueError);
    expect(error).toMatchObject({ code, path, message });
    expect(peer.messages.some((text) => text.startsWith("[4,"))).toBe(false);
  });

  test("refuses what is larger than the server takes", async () => {
    const client = connect();
    const joining = client.join("game-1");
    const peer = await server.connection();
    await peer.welcome({ limits: { messageBytes: 1000 } });
    await peer.join();
    const room = await joining;
    for (const data of ["x".repeat(2000), "\u00e9".repeat(600)])
      await expect(room.trigger("game.move", data)).rejects.toMatchObject({ code: "payload_too_large" });
    void room.trigger("game.move", "x".repeat(800)).catch(() => {});
    expect((await peer.frame(4))[5]).toHaveLength(800);
  });

  test("refuses an event that the definitions do not have", async () => {
    const { room } = await member();
    await expect((room as any).trigger("nothing", 1)).rejects.toMatchObject({ code: "event_unknown" });
  });

  test("the server's refusal carries its code, path and message", async () => {
    const { peer, room } = await member();
    const trigger = room.trigger("message", { text: "Hi" });
    await peer.frame(4);
    peer.say([39, 7, 1, 16, 0, { message: "$.text is shorter than 3 characters", path: "$.text" }]);
    await expect(trigger).rejects.toMatchObject({
      code: "too_short",
      path: "$.text",
      message: "$.text is shorter than 3 characters",
    });
  });

  test("waits through a reconnection with the same number and settles once", async () => {
    const { peer, room } = await member();
    const triggers = [room.trigger("message", { text: "1" }), room.trigger("message", { text: "2" })];
    await peer.frame(4);
    peer.socket.terminate();
    const second = await server.connection();
    await second.welcome();
    await second.join();
    expect((await second.frame(4)).slice(3)).toEqual([1, 0, { text: "1" }]);
    expect((await second.frame(4)).slice(3)).toEqual([2, 0, { text: "2" }]);
    second.say([38, 7, 1, 99, 1, 0, 1], [38, 7, 2, 99, 2, 0, 0]);
    expect((await Promise.all(triggers)).map(({ duplicate }) => duplicate)).toEqual([true, false]);
  });

  test("a changed catalogue changes the numbers of what waits", async () => {
    const client = createDialogueClient({ url: server.url, WebSocket });
    clients.push(client);
    const joining = client.join("chat");
    const peer = await server.connection();
    await peer.welcome({ catalogue: app.catalogue });
    await peer.join();
    const trigger = (await joining).trigger("message", { text: "1" });
    expect((await peer.frame(4))[2]).toBe(2);
    peer.socket.terminate();
    const second = await server.connection();
    await second.welcome({ catalogue: app.catalogue });
    await second.join();
    expect((await second.frame(4))[2]).toBe(2);
    second.say([38, 7, 1, 99, 1, 0, 0]);
    await trigger;
  });

  test("a signal ends the wait: before sending nothing is sent, afterwards the answer is ignored", async () => {
    const { client, peer, room } = await member();
    await expect(room.trigger("message", { text: "0" }, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: "aborted",
    });
    const sent = new AbortController();
    const first = room.trigger("message", { text: "1" }, { signal: sent.signal });
    await peer.frame(4);
    sent.abort();
    await expect(first).rejects.toMatchObject({ code: "aborted" });
    expect(client.pending).toBe(1);
    const fill = Array.from({ length: 31 }, () => room.trigger("message", { text: "2" }));
    const waiting = new AbortController();
    const last = room.trigger("message", { text: "3" }, { signal: waiting.signal });
    expect(client.pending).toBe(33);
    waiting.abort();
    await expect(last).rejects.toMatchObject({ code: "aborted" });
    expect(client.pending).toBe(32);
    for (let i = 1; i <= 32; ++i) peer.say([38, 7, i, 99, i, 0, 0]);
    await Promise.all(fill);
    expect(client.pending).toBe(0);
  });

  test("more than 1000 waiting events are refused", async () => {
    const { room } = await member();
    const triggers = Array.from({ length: 1001 }, () => room.trigger("message", { text: "x" }));
    for (const trigger of triggers.slice(0, -1)) trigger.catch(() => {});
    await expect(triggers.at(-1)).rejects.toMatchObject({
      code: "outbox_full",
      message: "More than 1000 events wait to be sent.",
    });
  });

  test("frames of one turn share messages of at most 16", async () => {
    const { peer, room } = await member();
    for (let i = 0; i < 20; ++i) void room.trigger("message", { text: `${i}` }).catch(() => {});
    for (let i = 0; i < 20; ++i) expect((await peer.frame(4))[5].text).toBe(`${i}`);
    const publications = peer.messages.filter((text) => text.startsWith("[4,"));
    expect(publications.map((text) => text.split("\n").length)).toEqual([16, 4]);
  });
});

describe("what goes wrong", () => {
  test("a handler that throws is told and stops nobody", async () => {
    const { client, peer, room } = await member();
    const errors: any[] = [];
    client.on("error", (error) => errors.push(error));
    const received: number[] = [];
    room.on("message", () => {
      throw new Error("mine");
    });
    room.on("message", (message) => received.push(message.seq));
    peer.say(eventFrame(1, { text: "a" }), eventFrame(2, { text: "b" }));
    await vi.waitFor(() => expect(received).toEqual([1, 2]));
    expect(errors.map((error) => error.message)).toEqual(["mine", "mine"]);
  });

  test("an error handler that throws does not go round in circles", async () => {
    const shown = vi.spyOn(console, "error").mockImplementation(() => {});
    const { client, peer, room } = await member();
    client.on("error", () => {
      throw new Error("worse");
    });
    room.on("message", () => {
      throw new Error("bad");
    });
    peer.say(eventFrame(1, { text: "a" }));
    await vi.waitFor(() => expect(shown).toHaveBeenCalledOnce());
    expect(shown.mock.calls[0]![0].message).toBe("worse");
    shown.mockRestore();
  });

  test("a handler may trigger, join and leave", async () => {
    const { peer, room } = await member();
    room.on("message", (message) => {
      if (message.data.text === "ping") void room.trigger("message", { text: "pong" }).catch(() => {});
    });
    peer.say(eventFrame(1, { text: "ping" }), eventFrame(2, { text: "other" }));
    expect((await peer.frame(4))[5]).toEqual({ text: "pong" });
  });

  test.each<[string, string | Buffer, string]>([
    ["no JSON", "nonsense", "frame_malformed"],
    ["no array", "{}", "frame_malformed"],
    ["an empty line", "", "frame_malformed"],
    ["an unknown frame", "[99]", "frame_malformed"],
    ["a number too large", "[44,9007199254740992]", "frame_malformed"],
    ["a negative number", "[44,-1]", "frame_malformed"],
    ["a string for a number", '[44,"1"]', "frame_malformed"],
    ["an event without a number", '[36,7,99,1,0,"bob",0,1]', "frame_malformed"],
    ["members that are none", '[43,7,2,{"joined":5}]', "frame_malformed"],
    ["no members at all", "[43,7,2,null]", "frame_malformed"],
    ["a flood of empty lines", "\n".repeat(1_000_000), "batch_too_large"],
    ["a binary message", Buffer.from("[44,1]"), "binary_unsupported"],
  ])("R-97 %s is told, and the connection made anew", async (_, message, code) => {
    const { client, peer } = await member();
    const error = nextError(client);
    peer.socket.send(message);
    expect(await error).toMatchObject({ code });
    const second = await server.connection();
    await second.welcome();
    await second.join();
    await vi.waitFor(() => expect(client.state).toBe("connected"));
  });

  test("R-97 a message over 16 MiB is refused", async () => {
    const { client, peer } = await member();
    const error = nextError(client);
    peer.socket.send(`[44,1]${" ".repeat(16 * 1024 * 1024)}`);
    expect(await error).toMatchObject({ code: "frame_too_large" });
  });

  test("an unread iterator is ended rather than grown", async () => {
    const { peer, room } = await member();
    const iterator = room.events("message");
    for (let seq = 1; seq <= 1002; ++seq) peer.say(eventFrame(seq, { text: "x" }));
    await vi.waitFor(() => expect(room.position.seq).toBe(1002));
    let count = 0;
    const reading = (async () => {
      for await (const _ of iterator) ++count;
    })();
    await expect(reading).rejects.toMatchObject({ code: "slow_consumer" });
    expect(count).toBe(1000);
  });

  test("for await gives messages in order and stops with break", async () => {
    const { peer, room } = await member();
    const texts: string[] = [];
    const reading = (async () => {
      for await (const { data } of room.events("message")) {
        texts.push(data.text);
        if (texts.length === 2) break;
      }
    })();
    peer.say(eventFrame(1, { text: "a" }));
    peer.say(eventFrame(2, { text: "b" }), eventFrame(3, { text: "c" }));
    await reading;
    expect(texts).toEqual(["a", "b"]);
  });

  test("close settles every promise", async () => {
    const { client, peer, room } = await member();
    const trigger = room.trigger("message", { text: "x" });
    const listing = client.listRooms();
    await peer.frame(8);
    client.close();
    await expect(trigger).rejects.toMatchObject({ code: "closed" });
    await expect(listing).rejects.toMatchObject({ code: "closed" });
    expect(await peer.closed).toBe(1000);
    expect(room.joined).toBe(false);
  });
});
