// Heads of rooms and marks in clients, against a real server.
import { expect, test } from "vitest";
import { WebSocket } from "ws";
import { heads, type RoomHead } from "../../src/heads.js";
import { apiKey, newRoom, other, served, serverUrl, user } from "../support/real_server.js";

served();

/** Waits until the heads are as the check says. */
async function until(watched: ReturnType<typeof heads>, check: () => boolean): Promise<void> {
  while (!check())
    await new Promise<void>((resolve) => {
      const off = watched.on("change", () => {
        off();
        resolve();
      });
    });
}
const post = async (method: string, path: string, body: object) => {
  const headers = { authorization: `Bearer ${apiKey}`, "content-type": "application/json" };
  const answer = await fetch(`${serverUrl()}/api/v1${path}`, { method, headers, body: JSON.stringify(body) });
  return { status: answer.status, body: (await answer.json()) as any };
};

test("F-U-M8 heads come without joining, move with the room, and count what the user has not read", async () => {
  const [first, second] = [newRoom(), newRoom()];
  const bob = await other(first);
  await bob.say("one");
  const ann = user("ann");
  const watched = heads(ann, [first, second], { events: ["message"] });
  const changes: RoomHead[] = [];
  watched.on("change", (changed) => void changes.push(...changed));
  await until(watched, () => watched.rooms.size === 2);
  expect(watched.rooms.get(first)).toMatchObject({ seq: 1, event: "message", from: "bob" });
  expect(watched.rooms.get(second)).toMatchObject({ seq: 0 });
  expect(watched.rooms.get(first)).not.toHaveProperty("unread");
  await watched.mark(first);
  await until(watched, () => watched.rooms.get(first)?.unread === 0);
  await bob.say("two");
  await until(watched, () => watched.unread === 1);
  expect(watched.rooms.get(first)).toBe(watched.rooms.get(first));
  expect(Object.isFrozen(changes[0])).toBe(true);
  const phone = heads(user("ann"), [first], { events: ["message"] });
  await until(phone, () => phone.unread === 1);
  await watched.mark(first, 2);
  await until(phone, () => phone.unread === 0);
  await phone.mark(first, 1, { back: true });
  await until(watched, () => watched.unread === 1);
  watched.remove([first]);
  expect(watched.unread).toBe(0);
  expect(watched.rooms.has(first)).toBe(false);
  await expect(watched.mark(first)).rejects.toMatchObject({ code: "request_invalid" });
});

test("rooms that may not be seen are refused one by one, and others are added later", async () => {
  const watched = heads(user("ann"), ["nowhere"]);
  const refused = await new Promise<any>((resolve) => watched.on("refused", resolve));
  expect(refused).toEqual({ room: "nowhere", code: "forbidden" });
  expect(watched.refused.get("nowhere")).toEqual(refused);
  const room = newRoom();
  const bob = await other(room);
  watched.add([room]);
  await until(watched, () => watched.rooms.has(room));
  await bob.say("one");
  await until(watched, () => watched.rooms.get(room)?.seq === 1);
  await expect(watched.mark(room, 2)).rejects.toMatchObject({ code: "request_invalid" });
});

test("the HTTP API shows heads and moves marks, which the user's clients see", async () => {
  const room = newRoom();
  const bob = await other(room);
  for (const text of ["one", "two", "three"]) await bob.say(text);
  const watched = heads(user("carl"), [room]);
  await until(watched, () => watched.rooms.size === 1);
  const moved = await post("PUT", "/users/carl/marks", { room, seq: 1 });
  expect(moved).toMatchObject({ status: 200, body: { room, seq: 1 } });
  await until(watched, () => watched.unread === 2);
  const shown = await post("POST", "/heads", { rooms: [room, "nowhere"], user: "carl", events: ["message"] });
  expect(shown.status).toBe(200);
  expect(shown.body.heads).toMatchObject([
    { room, seq: 3, mark: 1, unread: 2 },
    { room: "nowhere", code: "room_unknown" },
  ]);
  expect(await post("PUT", "/users/carl/marks", { room, seq: 9 })).toMatchObject({
    status: 422,
    body: { code: "request_invalid" },
  });
  expect(await post("PUT", "/users/carl/marks", { room: "nowhere", seq: 1 })).toMatchObject({ body: { code: "room_unknown" } });
});

test("a room is watched from the call on, and is not once it was removed, also while a stream begins", async () => {
  const [kept, removed] = [newRoom(), newRoom()];
  const bob = await other(kept);
  await bob.say("one");
  const ann = user("ann");
  await ann.connect();
  const watched = heads(ann, [kept, removed]);
  await Promise.resolve();
  const marked = watched.mark(kept, 1);
  watched.remove([removed]);
  await expect(watched.mark(removed, 0)).rejects.toMatchObject({ code: "request_invalid" });
  await marked;
  await bob.say("two");
  await until(watched, () => watched.unread === 1);
  expect([...watched.rooms.keys()]).toEqual([kept]);
});

test("after a lost connection rooms are asked again, and a mark that waited is kept", async () => {
  const sockets: WebSocket[] = [];
  class Recorded extends WebSocket {
    constructor(...args: ConstructorParameters<typeof WebSocket>) {
      super(...args);
      sockets.push(this);
    }
  }
  const room = newRoom();
  const bob = await other(room);
  await bob.say("one");
  const ann = user("ann", { WebSocket: Recorded });
  const watched = heads(ann, [room]);
  await until(watched, () => watched.rooms.get(room)?.seq === 1);
  const lost = new Promise<void>((resolve) => ann.on("state", (state) => state === "reconnecting" && resolve()));
  for (const socket of sockets) socket.terminate();
  await lost;
  const marked = watched.mark(room, 1);
  await bob.say("two");
  await until(watched, () => watched.rooms.get(room)?.seq === 2 && watched.unread === 1);
  await marked;
});

test("a mark that waits at setAuth is not the next user's", async () => {
  const room = newRoom();
  const bob = await other(room);
  await bob.say("one");
  const ann = user("ann");
  const watched = heads(ann, [room]);
  await until(watched, () => watched.rooms.get(room)?.seq === 1);
  ann.disconnect();
  const marked = expect(watched.mark(room, 1)).rejects.toMatchObject({ code: "aborted" });
  await ann.setAuth({ userId: "carla" });
  await marked;
  const shown = await post("POST", "/heads", { rooms: [room], user: "carla" });
  expect(shown.body.heads[0].mark).toBeUndefined();
});

test("arguments are checked when they are passed, and close ends everything once", async () => {
  const ann = user("ann");
  expect(() => heads({} as any, [])).toThrow(TypeError);
  for (const rooms of [undefined, "general", [7], [""], Array.from({ length: 2001 }, (_, at) => `room-${at}`)] as any[])
    expect(() => heads(ann, rooms)).toThrow(expect.objectContaining({ code: "request_invalid" }));
  expect(() => heads(ann, [], { events: "message" as any })).toThrow(expect.objectContaining({ code: "request_invalid" }));
  const watched = heads(ann, [newRoom()]);
  expect(() => watched.on("moved" as any, () => {})).toThrow(expect.objectContaining({ code: "request_invalid" }));
  expect(() => watched.on("change", 7 as any)).toThrow(expect.objectContaining({ code: "request_invalid" }));
  const [room] = [newRoom()];
  watched.add([room]);
  const waiting = watched.mark(room, 0);
  watched.close();
  await expect(waiting).rejects.toMatchObject({ code: "closed" });
  expect(() => watched.add(["room-1"])).toThrow(expect.objectContaining({ code: "closed" }));
  watched.close();
  const failed = heads(ann, ["not a name"]);
  expect(await new Promise<any>((resolve) => failed.on("error", resolve))).toMatchObject({ code: "name_invalid" });
});
