// client.can: what is asked, and that every question gets one answer, against a server that says what the test wants.
import { expect, test } from "vitest";
import { connect, connectPlain, scripted, server } from "../support/member.js";

scripted();

test("sends a request to the server, and resolves with its answer", async () => {
  const client = connect();
  const may = client.can("publish", "chat", "message");
  const peer = await server.connection();
  await peer.welcome();
  const [, request, question] = await peer.frame(12);
  expect(question).toEqual({ right: "publish", room: "chat", event: "message" });
  peer.say([42, request, 0, { allowed: true }]);
  expect(await may).toBe(true);
  const mayNot = client.can("manage", "game-1");
  const second = await peer.frame(12);
  expect(second[2]).toEqual({ right: "manage", room: "game-1" });
  peer.say([42, second[1], 0, { allowed: false, reason: "manage is granted to no user" }]);
  expect(await mayNot).toBe(false);
});

test("several requests are distinguished", async () => {
  const client = connectPlain();
  const answers = Promise.all([client.can("join", "a"), client.can("join", "b"), client.can("history", "a")]);
  const peer = await server.connection();
  await peer.welcome();
  const asked = [await peer.frame(12), await peer.frame(12), await peer.frame(12)];
  for (const [, request, { right, room }] of asked.reverse())
    peer.say([42, request, 0, { allowed: right === "join" && room === "b" }]);
  expect(await answers).toEqual([false, true, false]);
});

test("waits through a reconnection", async () => {
  const client = connect();
  const may = client.can("join", "chat");
  const peer = await server.connection();
  await peer.welcome();
  await peer.frame(12);
  peer.socket.terminate();
  const again = await server.connection();
  await again.welcome();
  const [, request, question] = await again.frame(12);
  expect(question).toEqual({ right: "join", room: "chat" });
  again.say([42, request, 0, { allowed: true }]);
  expect(await may).toBe(true);
});

test("rejects when the client is closed, and for a question that the server cannot read", async () => {
  const client = connect();
  const asked = client.can("publish", "chat", undefined as never);
  const peer = await server.connection();
  await peer.welcome();
  const [, request, question] = await peer.frame(12);
  expect(question).toEqual({ right: "publish", room: "chat" });
  peer.say([42, request, 73, { message: "The request does not have the documented form: CAN: publish needs an event" }]);
  await expect(asked).rejects.toMatchObject({ code: "request_invalid" });
  const late = client.can("join", "chat");
  client.close();
  await expect(late).rejects.toMatchObject({ code: "closed" });
  await expect(client.can("join", "chat")).rejects.toMatchObject({ code: "closed" });
});
