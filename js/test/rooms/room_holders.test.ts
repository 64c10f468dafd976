// What holds a room: whatever rejects gives its place back, and the room is left when nothing holds it.
import { expect, test } from "vitest";
import { eventually } from "../support/eventually.js";
import { connect, member, scripted, server } from "../support/member.js";
import type { Peer } from "../support/scripted_server.js";

scripted();

const letLeave = async (peer: Peer, number = 7) => {
  expect((await peer.frame(3))[2]).toBe(number);
  peer.say([35, 0, number, 0]);
};

/** Whether LEAVE is sent before what is asked now. */
async function leaves(client: ReturnType<typeof connect>, peer: Peer): Promise<boolean> {
  void client.listRooms().catch(() => {});
  await peer.frame(8);
  return peer.messages.some((message) => /^\[3,/m.test(message));
}

test("F-J12 a join that is aborted while the room is joined holds nothing", async () => {
  const { client, peer, room } = await member();
  await expect(client.join("chat", { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: "AbortError" });
  expect(room.state).toBe("joined");
  void room.leave();
  await letLeave(peer);
  await eventually(() => expect(room.state).toBe("idle"));
});

test("F-J12 a join that is aborted while another waits holds nothing", async () => {
  const client = connect();
  const room = client.room("chat");
  const stopped = new AbortController();
  const aborted = client.join("chat", { signal: stopped.signal });
  const joining = room.join();
  const peer = await server.connection();
  await peer.welcome();
  stopped.abort();
  await expect(aborted).rejects.toMatchObject({ name: "AbortError" });
  await peer.join();
  await joining;
  expect(await leaves(client, peer)).toBe(false);
  room.release();
  await letLeave(peer);
});

test("F-J12 a join that is aborted just as the room is joined leaves it, if nothing else holds it", async () => {
  const client = connect();
  const room = client.room("chat");
  const stopped = new AbortController();
  room.onMembers(() => stopped.abort());
  const aborted = client.join("chat", { signal: stopped.signal });
  const peer = await server.connection();
  await peer.welcome();
  await peer.join();
  await expect(aborted).rejects.toMatchObject({ name: "AbortError" });
  await letLeave(peer);
  await eventually(() => expect(room.state).toBe("idle"));
});

test("of two joins with signals both have to be aborted", async () => {
  const client = connect();
  const room = client.room("chat");
  const [one, two] = [new AbortController(), new AbortController()];
  const waits = Promise.allSettled([room.join({ signal: one.signal }), room.join({ signal: two.signal })]);
  const peer = await server.connection();
  await peer.welcome();
  await peer.frame(2);
  one.abort();
  expect(await leaves(client, peer)).toBe(false);
  expect(room.state).toBe("joining");
  two.abort();
  expect((await waits).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  await eventually(() => expect(room.state).toBe("leaving"));
});

test("a join that is granted holds the room, also after its signal is aborted", async () => {
  const client = connect();
  const room = client.room("chat");
  const [one, two] = [new AbortController(), new AbortController()];
  const joining = room.join({ signal: one.signal });
  const peer = await server.connection();
  await peer.welcome();
  await peer.join();
  await joining;
  one.abort();
  two.abort();
  await expect(client.join("chat", { signal: two.signal })).rejects.toMatchObject({ name: "AbortError" });
  expect(await leaves(client, peer)).toBe(false);
  expect(room.state).toBe("joined");
});

test("F-J12 an aborted join of a room that the server has joined leaves nothing", async () => {
  const client = connect();
  void client.listRooms().catch(() => {});
  const peer = await server.connection();
  await peer.welcome();
  const added = new Promise<any>((resolve) => client.once("room", resolve));
  peer.say([34, 0, 7, 99, 1, 0, 1, { roomId: "chat", name: "Chat", members: [] }]);
  const room = await added;
  await expect(client.join("chat", { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: "AbortError" });
  expect(room.state).toBe("joined");
});

test("F-J12 a join that is refused leaves what holds the room unchanged", async () => {
  const { client, peer, room } = await member();
  await expect(client.join("chat", { from: { last: 1 } })).rejects.toMatchObject({ code: "already_joined" });
  await expect(room.join({ events: ["message"] })).rejects.toMatchObject({ code: "already_joined" });
  void room.leave();
  await letLeave(peer);
});

test("F-J17 a room is left while its token function thinks, and joined again", async () => {
  const client = connect();
  let asked = 0;
  const token = () => (++asked === 1 ? new Promise<string>(() => {}) : "second");
  const room = client.room("chat");
  const first = room.join({ token });
  const peer = await server.connection();
  await peer.welcome();
  await eventually(() => expect(asked).toBe(1));
  const leaving = room.leave();
  const refused = await peer.frame(2);
  expect(refused[6]).toEqual({ token: "" });
  const second = room.join({ token });
  peer.say([42, refused[1], 59, { message: "The token was not accepted" }]);
  await expect(first).rejects.toMatchObject({ code: "not_joined" });
  await leaving;
  expect((await peer.join())[6]).toEqual({ token: "second" });
  await second;
  expect(room.state).toBe("joined");
});

test("F-J21 a join under way of a room that is released rejects with not_joined", async () => {
  const client = connect();
  const room = client.room("chat");
  const joining = room.join();
  const peer = await server.connection();
  await peer.welcome();
  const join = await peer.frame(2);
  room.release();
  await Promise.resolve();
  peer.say([34, join[1], 7, 99, 1, 0, 1, { roomId: "chat", name: "Chat", members: [] }]);
  await expect(joining).rejects.toMatchObject({ code: "not_joined" });
  await letLeave(peer);
});

test('F-J21 "tail" is what a join without `from` has', async () => {
  const { client, room } = await member();
  expect(await client.join("chat", { from: "tail" })).toBe(room);
  for (const from of ["", 0, false, "head"] as never[])
    await expect(client.join("chat", { from })).rejects.toMatchObject({ path: "$.from" });
});

test("F-J21 the token function of a second join counts, also before the core has loaded", async () => {
  const client = connect();
  void client.join("chat", { token: () => "first" });
  void client.join("chat", { token: () => "second" });
  const peer = await server.connection();
  await peer.welcome();
  expect((await peer.join())[6]).toEqual({ token: "second" });
});

test("what waits for a join that is left before the core has loaded rejects with not_joined", async () => {
  const client = connect();
  const room = client.room("chat");
  const joining = room.join();
  const waits = [joining, room.subscribe("message"), room.history().next(), (room as any).joining];
  void room.leave();
  for (const wait of await Promise.allSettled(waits)) expect(wait).toMatchObject({ reason: { code: "not_joined" } });
  const peer = await server.connection();
  await peer.welcome();
  expect(await leaves(client, peer)).toBe(false);
  expect(peer.messages.join("\n")).not.toMatch(/^\[[25],/m);
});

test("a join that is refused has its reason, also if a handler joins again", async () => {
  const client = connect();
  const room = client.room("chat");
  let again: Promise<unknown> | undefined;
  room.onState((state) => {
    if (state === "refused") again ??= room.join();
  });
  const first = room.join();
  const peer = await server.connection();
  await peer.welcome();
  peer.say([42, (await peer.frame(2))[1], 61, { message: "This is not allowed." }]);
  await expect(first).rejects.toMatchObject({ code: "forbidden" });
  await peer.join();
  await again;
  expect(room.state).toBe("joined");
});

test("one leave while several claims wait rejects none of them", async () => {
  const client = connect();
  const waits = [client.join("chat"), client.join("chat")];
  const peer = await server.connection();
  await peer.welcome();
  const room = client.peek("chat")!;
  void room.leave();
  await peer.join();
  expect(await Promise.all(waits)).toEqual([room, room]);
  void room.leave();
  await letLeave(peer);
});

test("a claim of a room that the server has joined stays, if a join with options comes before it is granted", async () => {
  const client = connect();
  void client.listRooms().catch(() => {});
  const peer = await server.connection();
  await peer.welcome();
  const added = new Promise<any>((resolve) => client.once("room", resolve));
  peer.say([34, 0, 7, 99, 1, 0, 1, { roomId: "chat", name: "Chat", members: [] }]);
  const room = await added;
  const claims = [client.join("chat"), client.join("chat", { from: { last: 10 } })];
  await peer.join();
  expect(await Promise.all(claims)).toEqual([room, room]);
  void room.leave(); // one claim
  expect(room.state).toBe("joined");
  void room.leave();
  await letLeave(peer);
});
