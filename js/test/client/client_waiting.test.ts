// client.waiting: what a page can show while the client waits because the server has asked for patience.
import { expect, test } from "vitest";
import type { Waiting } from "../../src/index.js";
import { eventually } from "../support/eventually.js";
import { connect, member, scripted, server } from "../support/member.js";

scripted();

const rateLimited = 75;
const serverFull = 54;

test("R-63 an exhausted limit is reported with its end, and the event is sent again by then", async () => {
  const { client, peer, room } = await member();
  const told: (Waiting | undefined)[] = [];
  client.on("waiting", (waiting) => told.push(waiting));
  expect(client.waiting).toBeUndefined();
  const began = Date.now();
  const receipt = room.trigger("message", { text: "Hi" });
  await peer.frame(4);
  peer.say([39, 7, 1, rateLimited, 300, { message: "The rate limit is exceeded." }]);
  await eventually(() => expect(told).toHaveLength(1));
  expect(client.waiting).toBe(told[0]);
  expect(told[0]!.code).toBe("rate_limited");
  expect(told[0]!.until).toBeGreaterThanOrEqual(began + 300);
  expect(told[0]!.until).toBeLessThanOrEqual(Date.now() + 300);
  expect(client.pending).toBe(1);
  expect((await peer.frame(4))[3]).toBe(1);
  expect(Date.now()).toBeGreaterThanOrEqual(told[0]!.until);
  expect(told).toEqual([told[0], undefined]);
  expect(client.waiting).toBeUndefined();
  peer.say([38, 7, 1, 99, 1, 1234, 0]);
  expect(await receipt).toMatchObject({ seq: 1 });
});

test("a full server's patience is told until the client tries again", async () => {
  const client = connect();
  const codes: unknown[] = [];
  client.on("waiting", (waiting) => codes.push(waiting?.code));
  const peer = await server.connection();
  await peer.frame(1);
  const began = Date.now();
  peer.say([45, serverFull, 400, { message: "The server accepts no more connections." }]);
  peer.socket.close(1013);
  await eventually(() => expect(client.waiting?.code).toBe("server_full"));
  expect(client.waiting!.until).toBeGreaterThanOrEqual(began + 400);
  expect(client.state).toBe("connecting");
  await (await server.connection()).welcome();
  await eventually(() => expect(client.state).toBe("connected"));
  expect(codes).toEqual(["server_full", undefined]);
});

test("close ends the wait", async () => {
  const { client, peer, room } = await member();
  room.trigger("message", { text: "Hi" }).catch(() => {});
  await peer.frame(4);
  peer.say([39, 7, 1, rateLimited, 60_000, {}]);
  await eventually(() => expect(client.waiting).toBeDefined());
  client.close();
  expect(client.waiting).toBeUndefined();
});
