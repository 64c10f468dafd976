// Rooms as handles: there before they are joined, shared by all who ask for them, and joined as long as anybody is a
// member.
import { describe, expect, test } from "vitest";
import { DialogueError } from "../../src/index.js";
import { app } from "../support/app.js";
import { eventually } from "../support/eventually.js";
import { connect, connectPlain, eventFrame, member, scripted, server } from "../support/member.js";
import type { Peer } from "../support/scripted_server.js";

scripted();

/** Answers the next LEAVE. */
async function letLeave(peer: Peer) {
  const [, request] = await peer.frame(3);
  peer.say([35, request, 7, 0]);
}

/** How many frames of a type came so far. */
const count = (peer: Peer, type: number) =>
  peer.messages
    .join("\n")
    .split("\n")
    .filter((frame) => frame.startsWith(`[${type},`)).length;

test("a room keeps its position after its client was closed, for the next one to go on from", async () => {
  const { client, peer, room } = await member();
  const heard = new Promise((resolve) => room.on("message", resolve));
  peer.say(eventFrame(1, { text: "hi" }));
  await heard;
  const { position } = room;
  expect(position.seq).toBe(1);
  client.close();
  await Promise.resolve();
  expect(room.position).toEqual(position);
});

test("F-C02 what is triggered while a room is joined again waits for that membership", async () => {
  const { peer, room } = await member();
  const left = room.leave();
  await letLeave(peer);
  await left;
  const joining = room.join();
  const triggered = room.trigger("message", { text: "again" });
  expect(room.state).toBe("joining");
  await peer.join();
  await joining;
  expect((await peer.frame(4))[5]).toEqual({ text: "again" });
  peer.say([38, 7, 1, 99, 1, 1, 0]);
  await expect(triggered).resolves.toMatchObject({ seq: 1 });
});

test("a join whose options make no sense is refused, and the room can be joined afterwards", async () => {
  const { peer, room } = await member();
  const left = room.leave();
  await letLeave(peer);
  await left;
  await expect(room.join({ from: 5 as any })).rejects.toThrow();
  expect(room.state).toBe("idle");
  const joining = room.join();
  await peer.join();
  await expect(joining).resolves.toBe(room);
});

describe("F-C01 mount, unmount, mount", () => {
  test("F-C01 a room that is joined again before the first has left stays joined", async () => {
    const client = connect();
    const mount = () => {
      const joining = client.join("chat");
      return { joining, unmount: () => joining.then((room) => room.leave()) };
    };
    const first = mount();
    const unmounted = first.unmount();
    const second = mount();
    const peer = await server.connection();
    await peer.welcome();
    await peer.join();
    await unmounted;
    const room = await second.joining;
    expect([room.joined, room.state]).toEqual([true, "joined"]);
    void room.leave();
    await peer.frame(3);
  });

  test("F-C01 handles are one object, counted: the last release ends the membership", async () => {
    const client = connect();
    const [one, two] = [client.room("chat"), client.room("chat")];
    expect(one).toBe(two);
    expect(one.state).toBe("idle");
    const joining = Promise.all([one.join(), two.join()]);
    expect(one.state).toBe("joining");
    const peer = await server.connection();
    await peer.welcome();
    await peer.join();
    expect(await joining).toEqual([one, one]);
    one.release();
    await Promise.resolve();
    expect(two.state).toBe("joined");
    two.release();
    await letLeave(peer);
    await eventually(() => expect(two.state).toBe("idle"));
    expect(client.room("chat")).not.toBe(one); // nobody referred to it
  });

  test("F-C01 released and taken again in one turn, as StrictMode does, it is neither left nor joined twice", async () => {
    const { client, peer, room } = await member();
    const handle = client.room("chat");
    await handle.join();
    handle.release();
    expect(client.room("chat")).toBe(room);
    await handle.join();
    void client.listRooms().catch(() => {});
    await peer.frame(8); // whatever was sent before has come
    expect([count(peer, 2), count(peer, 3)]).toEqual([1, 0]);
    expect(handle.state).toBe("joined");
  });
});

test("F-C02 a join while the room is being left waits, and is sent when it is", async () => {
  const { client, peer, room } = await member();
  const leaving = room.leave();
  expect(room.state).toBe("leaving");
  const again = client.join("chat", { from: { last: 5 } });
  expect(room.state).toBe("joining");
  const publishing = room.trigger("message", { text: "to the second" });
  await letLeave(peer);
  await leaving;
  expect((await peer.join()).slice(2, 5)).toEqual([1, 0, 5]);
  expect(await again).toBe(room);
  expect((await peer.frame(4))[5]).toEqual({ text: "to the second" });
  peer.say([38, 7, 1, 99, 1, 1, 0]);
  expect((await publishing).seq).toBe(1);
});

test("F-C02 of join, leave, join, leave the last counts", async () => {
  const { peer, room } = await member();
  void room.leave();
  const joining = room.join().catch((error) => error);
  const last = room.leave();
  await letLeave(peer);
  await last;
  expect(await joining).toMatchObject({ code: "not_joined" });
  expect(room.state).toBe("idle");
  expect(count(peer, 2)).toBe(1);
});

test("F-C03 handlers and loops that exist before the join receive the first event", async () => {
  const client = connect();
  const room = client.room("chat");
  const seen: unknown[] = [];
  room.on("message", ({ seq }) => seen.push(seq));
  const first = room.events("message").next();
  const joining = room.join({ from: { last: 50 } });
  const peer = await server.connection();
  await peer.welcome();
  const [, request] = await peer.frame(2);
  peer.say([34, request, 7, 99, 1, 2, 1, { roomId: "chat" }], eventFrame(1, { text: "a" }), eventFrame(2, { text: "b" }));
  await joining;
  await eventually(() => expect(seen).toEqual([1, 2]));
  expect((await first).value.seq).toBe(1);
});

test("F-C08 what is triggered before anything is joined, connected or loaded waits for the membership", async () => {
  const client = connect();
  const room = client.room("chat");
  const [early, refused] = [room.trigger("message", { text: "early" }), room.trigger("message", { text: "" })];
  expect(client.pending).toBe(2);
  await expect(refused).rejects.toMatchObject({ code: "too_short" }); // no server is needed to say so
  const peer = await server.connection();
  await peer.welcome();
  void room.join();
  await peer.join();
  expect((await peer.frame(4))[5]).toEqual({ text: "early" });
  peer.say([38, 7, 1, 99, 1, 1, 0]);
  expect((await early).seq).toBe(1);
});

test("F-C08 without an app it waits for the catalogue too", async () => {
  const client = connectPlain();
  const room = client.room("chat");
  const early = room.trigger("message", { text: "early" });
  const peer = await server.connection();
  await peer.welcome({ catalogue: app.catalogue });
  void room.join();
  await peer.join();
  expect((await peer.frame(4))[5]).toEqual({ text: "early" });
  peer.say([38, 7, 1, 99, 1, 1, 0]);
  expect((await early).seq).toBe(1);
});

test("F-C08 publications that wait for a room that is released or permanently refused are rejected", async () => {
  const client = connect();
  const peer = await server.connection();
  await peer.welcome();
  const left = client.room("chat");
  const waiting = left.trigger("message", { text: "early" });
  await eventually(() => expect(client.pending).toBe(1));
  void left.leave();
  await expect(waiting).rejects.toMatchObject({ code: "not_joined" });
  const refused = client.room("game-1");
  const early = refused.trigger("game.move", 1);
  const joining = refused.join();
  const [, request] = await peer.frame(2);
  peer.say([42, request, 63, { message: "There is no such room." }]);
  await expect(joining).rejects.toMatchObject({ code: "room_unknown" });
  await expect(early).rejects.toMatchObject({ code: "room_unknown" });
  expect(refused.state).toBe("refused");
  const again = refused.join();
  expect(refused.state).toBe("joining");
  await peer.join();
  expect((await again).state).toBe("joined");
});

test("F-C11 a join from onLeave keeps its options", async () => {
  const { peer, room } = await member();
  room.onLeave(() => void room.join({ from: { last: 3 }, events: ["message"], token: () => "room-token" }));
  void room.leave();
  await letLeave(peer);
  expect((await peer.join()).slice(2)).toEqual([1, 0, 3, "chat", { events: ["message"], token: "room-token" }]);
  await eventually(() => expect(room.state).toBe("joined"));
});

test("F-C13 a handler that registers itself again is called once for an event", async () => {
  const { peer, room } = await member();
  let calls = 0;
  const handler = () => {
    calls += 1;
    if (calls < 100) room.once("message", handler);
  };
  room.once("message", handler);
  peer.say(eventFrame(1, { text: "a" }));
  await eventually(() => expect(room.position.seq).toBe(1));
  expect(calls).toBe(1);
});

test("F-C14 F-C15 rooms that were left leave nothing behind: handles are used again", async () => {
  const client = connect();
  const peer = await server.connection();
  await peer.welcome();
  const collected = new Set<string>();
  const registry = new FinalizationRegistry<string>((id) => collected.add(id));
  const rooms = 50;
  for (let i = 0; i < rooms; ++i) {
    const joining = client.join(`game-${i}`);
    await peer.join();
    const room = await joining;
    registry.register(room, room.id);
    room.on("game.move", () => {});
    const leaving = room.leave();
    await letLeave(peer);
    await leaving;
  }
  const { setFlagsFromString } = await import("node:v8");
  const { runInNewContext } = await import("node:vm");
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  await eventually(() => {
    collect();
    expect(collected.size).toBeGreaterThan(rooms - 5);
  });
});

describe("F-C24 options", () => {
  test("F-C24 other options of a second join are refused, not ignored", async () => {
    const { client, room } = await member();
    const second = await client.join("chat", { from: { last: 50 } }).catch((error) => error);
    expect(second).toBeInstanceOf(DialogueError);
    expect(second).toMatchObject({ code: "already_joined", roomId: "chat" });
    await expect(room.join({ events: ["message"] })).rejects.toMatchObject({ code: "already_joined" });
    expect(await client.join("chat")).toBe(room);
  });

  test("F-C24 a signal ends the wait of join, history, can and listRooms", async () => {
    const { client, peer, room } = await member();
    const stopped = new AbortController();
    const { signal } = stopped;
    const waits = [
      client.join("game-1", { signal }),
      room.history({ signal }).next(),
      client.can("join", "chat", { signal }),
      client.can("publish", "chat", "message", { signal }),
      client.listRooms({ signal }),
      room.unsubscribe("message", { signal }),
    ];
    const outcomes = Promise.allSettled(waits);
    const [, request] = await peer.frame(2);
    await peer.frame(12);
    stopped.abort();
    for (const outcome of await outcomes) expect(outcome).toMatchObject({ status: "rejected", reason: { name: "AbortError" } });
    peer.say([34, request, 8, 99, 1, 0, 1, { roomId: "game-1" }]);
    expect((await peer.frame(3))[2]).toBe(8); // nobody wants it any more
  });
});

test("F-C22 a message is a place to go on from", async () => {
  const { client, peer, room } = await member();
  const heard = new Promise<any>((resolve) => room.on("message", resolve));
  peer.say(eventFrame(1, { text: "a" }), eventFrame(2, { text: "b" }));
  const message = await heard;
  void room.leave();
  await letLeave(peer);
  void client.join("chat", { from: { since: message } }).catch(() => {});
  expect((await peer.frame(2)).slice(2, 5)).toEqual([2, 99, 1]);
});

test("F-C23 a gap is reported as numbers and a reason, and recovered events are reported as well", async () => {
  const { client, peer, room } = await member();
  const errors: any[] = [];
  const told: unknown[] = [];
  client.on("error", (error) => errors.push(error));
  room.onRecover((recovery) => told.push(recovery));
  peer.socket.terminate();
  const second = await server.connection();
  await second.welcome();
  const join = await second.frame(2);
  second.say([34, join[1], 7, 99, 5, 4, 0, { roomId: "chat", reason: "trimmed" }]);
  await eventually(() => expect(errors).toHaveLength(1));
  const missed = { recovered: false, from: 1, to: 4, reason: "trimmed" };
  expect(told).toEqual([missed]);
  expect(errors[0]).toMatchObject({ code: "events_missed", missed });
  second.socket.terminate();
  const third = await server.connection();
  await third.welcome();
  await third.join({}, 4);
  await eventually(() => expect(told).toHaveLength(2));
  expect(told[1]).toEqual({ recovered: true });
});

describe("F-G04 before a room was ever joined", () => {
  /** What a loop over the room's messages comes to. */
  const loop = async (room: { events(name: "message"): AsyncIterable<unknown> }) => {
    for await (const _ of room.events("message")) throw new Error("nothing was said");
    return "ended";
  };

  test.each(["leave", "release", "close"] as const)("a loop over its events ends with %s, while the join waits", async (how) => {
    const client = connect();
    const room = client.room("chat");
    const looping = loop(room);
    const joining = room.join();
    joining.catch(() => undefined); // looked at below
    const peer = await server.connection();
    await peer.welcome();
    const request = (await peer.frame(2))[1];
    peer.say([42, request, 82, { message: "no hook" }]);
    await eventually(() => expect(client.waiting?.code).toBe("hook_unavailable"));
    if (how === "close") client.close();
    else room[how]();
    await expect(looping).resolves.toBe("ended");
    await expect(joining).rejects.toMatchObject({ code: how === "close" ? "closed" : "not_joined" });
    expect(client.waiting).toBeUndefined();
  });

  test("a loop ends with close() without any join", async () => {
    const client = connect();
    const looping = loop(client.room("chat"));
    client.close();
    await expect(looping).resolves.toBe("ended");
  });

  test("a join with a signal that is aborted already rejects with its reason, and nothing else does", async () => {
    const client = connect();
    const signal = AbortSignal.abort();
    await expect(client.join("chat", { signal })).rejects.toMatchObject({ name: "AbortError" });
    await expect(client.room("chat").join({ signal })).rejects.toMatchObject({ name: "AbortError" });
    expect(client.room("chat").state).toBe("idle"); // an unhandled rejection would fail the run
  });
});
