// What a room says of itself, for frameworks: its state and each change, and snapshots that stay the same objects.
import { expect, test } from "vitest";
import { eventually } from "../support/eventually.js";
import { connect, eventFrame, member, scripted, server } from "../support/member.js";

scripted();

test("F-U-M3 onState has every state that a room comes to, after it has come to it", async () => {
  const client = connect();
  const room = client.room("chat");
  const states: string[] = [];
  const off = room.onState((state) => states.push(state));
  const joining = room.join();
  expect(states).toEqual([]); // not within the call: a handler may join or leave
  const peer = await server.connection();
  await peer.welcome();
  const refused = await peer.frame(2);
  expect(states).toEqual(["joining"]);
  peer.say([42, refused[1], 61, { message: "This is not allowed." }]);
  await expect(joining).rejects.toMatchObject({ code: "forbidden" });
  const again = room.join();
  await peer.join();
  await again;
  expect(states).toEqual(["joining", "refused", "joining", "joined"]);
  const left = room.leave();
  const [, request] = await peer.frame(3);
  peer.say([35, request, 7, 0]);
  await left;
  expect(states.slice(4)).toEqual(["leaving", "idle"]);
  off();
  void room.join().catch(() => {});
  await peer.frame(2);
  expect(states).toHaveLength(6);
});

test("F-U-M3 a handler of onState may leave and join, and a page reads state as useSyncExternalStore does", async () => {
  const { peer, room } = await member();
  const seen: string[] = [];
  const states: string[] = [];
  room.onState((state) => {
    states.push(state);
    seen.push(room.state);
    if (state === "leaving") void room.join().catch(() => {});
  });
  void room.leave();
  const [, request] = await peer.frame(3);
  peer.say([35, request, 7, 0]);
  await peer.join();
  await eventually(() => expect(room.state).toBe("joined"));
  expect(states.at(-1)).toBe("joined");
  expect(seen.at(-1)).toBe("joined");
});

test("F-U-M3 a position is the same object until something new was seen, and so are members and waits", async () => {
  const { client, peer, room } = await member();
  const { position, members } = room;
  expect(room.position).toBe(position);
  expect(room.members).toBe(members);
  expect(client.waiting).toBe(client.waiting);
  const heard = new Promise((resolve) => room.on("message", resolve));
  peer.say(eventFrame(1, { text: "a" }));
  await heard;
  expect(room.position).not.toBe(position);
  expect(room.position).toEqual({ epoch: 99, seq: 1 });
  expect(room.position).toBe(room.position);
  expect(room.members).toBe(members);
  peer.say([43, 7, 2, { occupancy: 300 }]);
  await eventually(() => expect(room.occupancy).toBe(300));
  const none = room.members;
  peer.say([43, 7, 3, { occupancy: 301 }]);
  await eventually(() => expect(room.occupancy).toBe(301));
  expect(room.members).toBe(none);
});

test("F-U-M4 peek finds a room that the client has, and neither makes one nor keeps it", async () => {
  const client = connect();
  expect(client.peek("chat")).toBeUndefined();
  const room = client.room("chat");
  expect(client.peek("chat")).toBe(room);
  void room.join().catch(() => {});
  const peer = await server.connection();
  await peer.welcome();
  await peer.join();
  await eventually(() => expect(client.peek("chat")?.state).toBe("joined"));
  const trigger = client.peek("chat")!.trigger("message", { text: "Hi" });
  await peer.frame(4);
  peer.say([38, 7, 1, 99, 1, 0, 0]);
  await trigger;
  room.release(); // the only reference: peek has added none
  const [, request] = await peer.frame(3);
  peer.say([35, request, 7, 0]);
  await eventually(() => expect(client.peek("chat")).toBeUndefined());
});

test("F-U-M10 a signal rejects with its reason, as fetch does: an AbortError, a TimeoutError, or a given one", async () => {
  const { client, room } = await member();
  await expect(room.trigger("message", { text: "1" }, { signal: AbortSignal.abort() })).rejects.toMatchObject({
    name: "AbortError",
  });
  const mine = new Error("enough");
  const stop = new AbortController();
  const waits = [client.join("game-1", { signal: stop.signal }), client.listRooms({ signal: stop.signal })];
  stop.abort(mine);
  for (const wait of waits) await expect(wait).rejects.toBe(mine);
});

/** A proxy as Vue's reactive() makes it: not around what is marked by __v_skip, and deep. */
function reactive<T extends object>(target: T): T {
  const wrap = (value: any) =>
    Object(value) === value && typeof value !== "function" && !value.__v_skip ? reactive(value) : value;
  return new Proxy(target, { get: (from, key, receiver) => wrap(Reflect.get(from, key, receiver)) });
}

test("F-U-L6 a client and a room in Vue's reactive() are themselves, and work", async () => {
  const { client, peer, room } = await member();
  const state = reactive({ client, nested: { room } });
  expect(state.client).toBe(client);
  expect(state.nested.room).toBe(room);
  const heard = new Promise((resolve) => state.nested.room.on("message", resolve));
  peer.say(eventFrame(1, { text: "a" }));
  await heard;
  expect(JSON.stringify(Object.keys(room))).not.toContain("__v_skip");
});
