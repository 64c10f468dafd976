// Memberships, events, members and subscriptions, against a server that says what the test wants.
import { describe, expect, test, vi } from "vitest";
import type { Room } from "../../src/index.js";
import { eventually } from "../support/eventually.js";
import { connect, eventFrame, member, nextError, scripted, server } from "../support/member.js";

scripted();

/** A client that the server has put into the room "chat", number 7, at position 5 of epoch 99. */
async function addedByServer() {
  const client = connect();
  const announced = new Promise<Room>((resolve) => client.on("room", resolve));
  const peer = await server.connection();
  await peer.welcome();
  peer.say([34, 0, 7, 99, 6, 5, 1, { roomId: "chat", name: "Lobby", members: [] }]);
  return { client, peer, room: await announced };
}

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

  test("joining twice gives the same room, during the request and afterwards", async () => {
    const client = connect();
    const [first, second] = [client.join("chat"), client.join("chat")];
    const peer = await server.connection();
    await peer.welcome();
    await peer.join();
    const room = await first;
    expect(await second).toBe(room);
    expect(await client.join("chat")).toBe(room);
  });

  test("a refused join has a reason, and can be retried", async () => {
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
    await eventually(() => expect(named).toHaveLength(2));
    off();
    peer.say(eventFrame(3, { text: "third" }));
    await eventually(() => expect(all).toHaveLength(3));
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
    await eventually(() => expect(seen).toEqual([2, 2, 1, 0]));
    expect(room.members).toEqual([]);
    expect(room.occupancy).toBe(300);
  });

  test("subscriptions are requested by number, and by name at a rejoin", async () => {
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

  test("JOIN has the patterns and conditions of the wanted events, also when it is repeated", async () => {
    const client = connect();
    const peer = await server.connection();
    await peer.welcome();
    const options = { match: ["game.*"], filter: { not: { eq: ["text", "Hi"] } } } as const;
    const joining = client.join("chat", options as object);
    expect((await peer.join())[6]).toEqual(options);
    const room = await joining;
    await expect(room.join({ match: ["mess*"] })).rejects.toMatchObject({ code: "already_joined" });
    await expect(room.join({ filter: { exists: "text" } })).rejects.toMatchObject({ code: "already_joined" });
    expect(await room.join(options as object)).toBe(room);
    peer.socket.terminate();
    const second = await server.connection();
    await second.welcome();
    expect((await second.join())[6]).toEqual(options);
  });

  test("a subscription after a join with patterns continues from the events that they match", async () => {
    const client = connect();
    const peer = await server.connection();
    await peer.welcome();
    const joining = client.join("chat", { match: ["mess*", "other"] as never, filter: { exists: "text" } });
    await peer.join();
    const room = await joining;
    const asking = room.subscribe("message");
    const subscribe = await peer.frame(5);
    peer.say([42, subscribe[1], 0, {}]);
    await asking;
    peer.socket.terminate();
    const second = await server.connection();
    await second.welcome();
    expect((await second.join())[6]).toEqual({ events: ["message"], filter: { exists: "text" } });
  });

  test("leave ends the membership, and the room object with it", async () => {
    const { client, peer, room } = await member();
    const left: unknown[] = [];
    room.onLeave((reason) => left.push(reason));
    const iterator = room.events("message");
    const leaving = [room.leave(), room.leave()];
    const leave = await peer.frame(3);
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

  test("a membership that the server ends is reported with the reason, to the room or else to the client", async () => {
    const { client, peer, room } = await member();
    const error = nextError(client);
    const iterator = room.events("message");
    const waiting = iterator.next();
    peer.say([35, 0, 7, 66]);
    expect(await error).toMatchObject({ code: "room_deleted", roomId: "chat" });
    await expect(waiting).rejects.toMatchObject({ code: "room_deleted" });
  });

  test("a room that the server puts the client into is announced, and join gives it", async () => {
    const { client, room } = await addedByServer();
    expect(room.name).toBe("Lobby");
    expect(await client.join("chat")).toBe(room);
  });

  test("F-J1 a room that the server puts the client into is read from where the first join asks", async () => {
    const { client, peer, room } = await addedByServer();
    const joining = client.join("chat", { from: { last: 2 } });
    const join = await peer.frame(2);
    expect(join.slice(2)).toEqual([1, 0, 2, "chat", {}]);
    peer.say([34, join[1], 7, 99, 1, 5, 1, { roomId: "chat", name: "Chat", members: [] }]);
    expect(await joining).toBe(room);
    expect(room.position).toEqual({ epoch: 99, seq: 3 });
    await expect(client.join("chat", { from: { last: 3 } })).rejects.toMatchObject({ code: "already_joined" });
    expect(room.state).toBe("joined");
  });

  test("F-J1 a first join of such a room that is refused ends the membership, with its reason", async () => {
    const { client, peer, room } = await addedByServer();
    const ended = vi.fn();
    room.onLeave(ended);
    const loop = room.events("message");
    await expect(client.join("chat", { from: { last: -1 } })).rejects.toMatchObject({ path: "$.from" });
    expect(room.state).toBe("joined");
    const joining = client.join("chat", { from: { last: 2 } });
    const join = await peer.frame(2);
    peer.say([42, join[1], 61, { message: "no" }]);
    await expect(joining).rejects.toMatchObject({ code: "forbidden" });
    expect((await peer.frame(3))[2]).toBe(7);
    expect(ended).toHaveBeenCalledOnce();
    await expect(loop.next()).rejects.toMatchObject({ code: "forbidden" });
    expect(room.state).toBe("refused");
  });

  test("F-J5 a room that was left without a connection is given back with the next HELLO, and is forgotten", async () => {
    const { client, peer, room } = await member();
    peer.socket.terminate();
    await eventually(() => expect(client.state).toBe("reconnecting"));
    await room.leave();
    const second = await server.connection();
    await second.welcome();
    const release = await second.frame(2);
    expect(release.slice(2)).toEqual([4, 0, 0, "chat", {}]);
    second.say([42, release[1], 0, {}]);
    const joining = client.join("chat");
    await second.join({ name: "Chat" });
    expect((await joining).name).toBe("Chat");
  });

  test("R-99 missed events are reported with the reason, before new ones", async () => {
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
    await eventually(() => expect(log).toHaveLength(2));
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
    const page = await listing;
    expect(page.rooms).toEqual(rooms);
    expect(page.next).toBeUndefined();
  });

  test("F-K12 listRooms returns pages, and each has the start of the next one", async () => {
    const client = connect();
    const first = client.listRooms({ limit: 1 });
    const peer = await server.connection();
    await peer.welcome();
    const [, request, options] = await peer.frame(8);
    expect(options).toEqual({ limit: 1 });
    const chat = { id: "chat", name: "Chat", size: 2, maxSize: null };
    peer.say([42, request, 0, { rooms: [chat], next: "#3" }]);
    const page = await first;
    expect(page.rooms).toEqual([chat]);
    const second = client.listRooms({ after: page.next, limit: 1 });
    const [, again, behind] = await peer.frame(8);
    expect(behind).toEqual({ after: "#3", limit: 1 });
    peer.say([42, again, 0, { rooms: [] }]);
    expect((await second).next).toBeUndefined();
  });
});
