// Values of bytes through a client: base64 on the wire, Uint8Array in the application.
import { expect, test } from "vitest";
import { WebSocket } from "ws";
import { createDialogueClient } from "../../src/index.js";
import { scripted, server } from "../support/member.js";
import { app } from "./app.js";

scripted();

const foo = Uint8Array.from(Buffer.from("foo"));

async function album() {
  const client = createDialogueClient({ url: server.url, app, WebSocket });
  const joining = client.join("album");
  const peer = await server.connection();
  await peer.welcome();
  await peer.join();
  return { client, peer, room: await joining };
}

test("bytes are published as base64, and delivered as bytes", async () => {
  const { client, peer, room } = await album();
  const received: unknown[] = [];
  room.on("picture", ({ data }) => received.push(data));
  void room.trigger("picture", { data: foo, name: "foo", more: [foo] });
  expect((await peer.frame(4))[5]).toEqual({ data: "Zm9v", name: "foo", more: ["Zm9v"] });
  peer.say([38, 7, 1, 99, 1, 1234, 0]);
  const delivered = new Promise((resolve) => room.once("picture", resolve));
  peer.say([36, 7, 2, 1, 1234, "ann", 0, { data: "Zm9v", name: "foo", more: ["Zm9v"] }]);
  await delivered;
  expect(received).toEqual([{ data: foo, name: "foo", more: [foo] }]);
  client.close();
});

test("an event for the user has bytes, too", async () => {
  const { client, peer } = await album();
  const delivered = new Promise<any>((resolve) => client.onDirect("raw", resolve));
  peer.say([36, 0, 3, 0, 1234, "system", 0, "Zm9v"]);
  expect((await delivered).data).toEqual(foo);
  client.close();
});

test("history has bytes", async () => {
  const { client, peer, room } = await album();
  const reading = room.history({ limit: 1 }).next();
  const [, req] = await peer.frame(7);
  peer.say([42, req, 0, { epoch: 99, base: 1, head: 1, first: 1, last: 1, events: [[3, 1, 1234, "ann", "Zm9v"]] }]);
  expect((await reading).value.data).toEqual(foo);
  client.close();
});

test("the bounds of a definition are those of the bytes", async () => {
  const { client, room } = await album();
  await expect(room.trigger("raw", "Zm9" as never)).rejects.toMatchObject({ code: "format_mismatch", path: "$" });
  client.close();
});
