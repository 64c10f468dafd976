// client.onDirect: events that the server sends to this user or session, and to no room.
import { expect, test, vi } from "vitest";
import { eventually } from "../support/eventually.js";
import { member, nextError, scripted } from "../support/member.js";

scripted();

/** An EVENT of no room. */
const own = (event: number, data: unknown) => [36, 0, event, 0, 1234, "system", 0, data];

test("an event for the user is received by its name, without a room", async () => {
  const { client, peer } = await member();
  const heard: unknown[] = [];
  const off = client.onDirect("message", (message) => heard.push(message));
  client.onDirect("game.move", ({ data }) => heard.push(data));
  peer.say(own(2, { text: "for you" }), own(1, 7));
  await eventually(() => expect(heard).toHaveLength(2));
  expect(heard).toEqual([{ event: "message", data: { text: "for you" }, from: "system", timestamp: 1234 }, 7]);
  off();
  peer.say(own(2, { text: "again" }), own(1, 8));
  await eventually(() => expect(heard).toHaveLength(3));
  expect(heard[2]).toBe(8);
});

test("rooms do not receive events for the user, nor the user those of rooms", async () => {
  const { client, peer, room } = await member();
  const heard: string[] = [];
  room.onAny((_, message) => heard.push(`room ${message.data.text}`));
  client.onDirect("message", ({ data }) => heard.push(`user ${data.text}`));
  peer.say(own(2, { text: "1" }), [36, 7, 2, 1, 1001, "bob", 0, { text: "2" }], own(2, { text: "3" }));
  await eventually(() => expect(heard).toHaveLength(3));
  expect(heard).toEqual(["user 1", "room 2", "user 3"]);
  expect(room.position.seq).toBe(1);
});

test("an event without a handler is ignored", async () => {
  const { client, peer } = await member();
  const errors = vi.fn();
  client.on("error", errors);
  const heard = new Promise((resolve) => client.onDirect("game.move", ({ data }) => resolve(data)));
  peer.say(own(2, { text: "for you" }), own(1, 7));
  expect(await heard).toBe(7);
  expect(errors).not.toHaveBeenCalled();
});

test("R-24 an event that the definitions do not have is a fault of the server", async () => {
  const { client, peer } = await member();
  const error = nextError(client);
  peer.say(own(77, 1));
  expect(await error).toMatchObject({ code: "frame_malformed" });
});
