// createTestServer: clients of the package talk through the real server in this process.
import { afterEach, expect, test } from "vitest";
import { createDialogueClient, type DialogueClient } from "../../src/index.js";
import { createTestServer, RefusedError, type TestServer, type TestServerOptions } from "../../src/testing.js";
import { eventually } from "../support/eventually.js";

const text = { type: "string", minLength: 1, maxLength: 20 };
const definitions = {
  events: {
    message: { schema: { type: "object", properties: { text }, required: ["text"] } },
    typing: { schema: true, delivery: "volatile" },
  },
  rooms: {
    "room-{id}": { events: ["message", "typing"] },
    booth: { events: ["message"], maxSize: 1 },
    memo: { events: ["message"], durability: "memory" },
    staff: { events: ["message"], access: { join: ["role:admin"] } },
  },
};

let server: TestServer;
const clients: DialogueClient<any, any>[] = [];

async function started(options: TestServerOptions = {}): Promise<TestServer> {
  server = await createTestServer(definitions, { clock: "manual", ...options });
  return server;
}

function client(user: string | { userId: string; meta: Record<string, unknown> }): DialogueClient<any, any> {
  const made = createDialogueClient<any, any>(server.connect(user));
  clients.push(made);
  return made;
}

afterEach(() => {
  for (const each of clients.splice(0)) each.close();
  server.close();
});

/** A client in a room, and the texts that it has got. */
async function member(user: string, id: string): Promise<{ room: any; texts: string[]; client: DialogueClient<any, any> }> {
  const made = client(user);
  const room: any = made.room(id);
  const texts: string[] = [];
  room.on("message", ({ data }: { data: { text: string } }) => texts.push(data.text));
  await room.join();
  return { room, texts, client: made };
}

test("two clients talk through the server", async () => {
  await started();
  const ann = await member("ann", "room-1");
  const bob = await member("bob", "room-1");
  const { seq } = await ann.room.trigger("message", { text: "hello" });
  expect(seq).toBe(1);
  await eventually(() => expect(bob.texts).toEqual(["hello"]));
  expect(await server.members("room-1")).toMatchObject([{ userId: "ann" }, { userId: "bob" }]);
});

test("payloads, access and sizes are judged as in production", async () => {
  await started();
  const ann = await member("ann", "booth");
  await expect(ann.room.trigger("message", { text: "" })).rejects.toMatchObject({ code: "too_short", path: "$.text" });
  await expect(client("bob").join("booth")).rejects.toMatchObject({ code: "room_full" });
  await expect(client("bob").join("staff")).rejects.toMatchObject({ code: "forbidden" });
  const admin = client({ userId: "eve", meta: { role: "admin" } });
  await expect(admin.join("staff")).resolves.toBeDefined();
  const refused = server.publish("booth", "message", { text: 7 });
  await expect(refused).rejects.toBeInstanceOf(RefusedError);
  await expect(refused).rejects.toMatchObject({ code: "wrong_type", path: "$.text" });
  await expect(server.history("room-")).rejects.toMatchObject({ code: "room_unknown" });
});

test("what an application publishes reaches members, and the history", async () => {
  await started();
  const ann = await member("ann", "room-1");
  expect(await server.publish("room-1", "message", { text: "one" })).toMatchObject({ seq: 1, members: 1 });
  await server.publish("room-1", "message", { text: "two" }, { from: "bob" });
  await eventually(() => expect(ann.texts).toEqual(["one", "two"]));
  expect(await server.history("room-1")).toMatchObject([
    { seq: 1, event: "message", from: "system", data: { text: "one" } },
    { seq: 2, from: "bob", data: { text: "two" } },
  ]);
});

test("a lost connection comes again, with what it has missed", async () => {
  await started();
  const ann = await member("ann", "room-1");
  expect(server.loseConnection("ann")).toBe(1);
  await server.publish("room-1", "message", { text: "missed" });
  await eventually(() => expect(ann.texts).toEqual(["missed"]));
  expect(server.loseConnection("nobody")).toBe(0);
});

test("a user who is kicked stays out", async () => {
  await started();
  const ann = await member("ann", "room-1");
  ann.client.on("error", () => {}); // which is what the console would have
  expect(await server.kick("ann", "enough")).toBe(1);
  await eventually(() => expect(ann.client.state).toBe("closed"));
  expect(ann.client.lastError).toMatchObject({ code: "denied_by_hook" });
});

test("a crash keeps what durable rooms have, and nothing of rooms in memory", async () => {
  await started();
  const ann = await member("ann", "room-1");
  await ann.room.trigger("message", { text: "kept" });
  await server.publish("memo", "message", { text: "gone" });
  server.crash();
  await expect(server.history("room-1")).rejects.toThrow("The server is down");
  const waiting = ann.room.trigger("message", { text: "later" });
  server.restart();
  expect(await waiting).toMatchObject({ seq: 2 });
  expect((await server.history("room-1")).map(({ data }) => data.text)).toEqual(["kept", "later"]);
  expect(await server.history("memo")).toEqual([]);
});

test("with a manual clock deadlines come when time passes", async () => {
  await started({ startMs: 1000 });
  await member("ann", "room-1");
  server.loseConnection("ann");
  clients.pop()!.close();
  expect(await server.members("room-1")).toHaveLength(1);
  await server.advance(3_600_000);
  expect(await server.members("room-1")).toEqual([]);
  const { timestamp } = await server.publish("room-1", "message", { text: "an hour later" });
  expect(timestamp).toBe(3_601_000);
});

/** What a scripted connection gets. */
async function transcript(seed: number): Promise<string[]> {
  const each = await createTestServer(definitions, { seed, clock: "manual" });
  const lines: string[] = [];
  const socket = new each.WebSocket("ws://any", ["dialogue.v1"]);
  socket.onmessage = ({ data }) => lines.push(data);
  await each.settled();
  socket.send(`[1,1,0,0,{"identity":{"userId":"ann"}}]`);
  socket.send(`[2,1,0,0,0,"room-1",{}]`);
  await each.publish("room-1", "message", { text: "hello" });
  await each.advance(60_000);
  each.close();
  return lines;
}

test("the same seed gives the same run, and another seed other ids", async () => {
  const first = await transcript(7);
  expect(first.length).toBeGreaterThan(3);
  expect(await transcript(7)).toEqual(first);
  expect(await transcript(8)).not.toEqual(first);
});

test("arguments are checked when they are passed", async () => {
  await started();
  await expect(createTestServer(7 as any)).rejects.toThrow("definitions must be");
  await expect(createTestServer(definitions, { seed: 0 })).rejects.toThrow("seed must be");
  await expect(createTestServer(definitions, { clock: "slow" as any })).rejects.toThrow('clock must be "manual" or "real"');
  await expect(createTestServer({ events: { m: { shema: {} } } })).rejects.toThrow(/app\.json:1:\d+: .*shema/);
  await expect(server.advance(-1)).rejects.toThrow("ms must be");
  const real = await createTestServer(definitions);
  await expect(real.advance(1)).rejects.toThrow("the clock is real");
  real.close();
});

test("the log keeps its newest 1,000 lines", async () => {
  await started();
  for (let second = 0; second < 11; second += 1) {
    const sockets = Array.from({ length: 100 }, () => new server.WebSocket("ws://any", []));
    await server.settled();
    for (const socket of sockets) socket.send("[2,1]"); // no HELLO before it
    await server.advance(1000); // of one kind the server logs 100 lines a second
  }
  expect(server.log()).toHaveLength(1000);
  expect(server.log().at(-1)).toContain("hello_required");
});
