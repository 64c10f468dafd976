// The packed client with two real servers, one of which is killed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { WebSocket } from "ws";
import { app, directoryOf, Server } from "../../../tests/server/app/support/program.mjs";

const { createDialogueClient } = await import(fileURLToPath(new URL("../../dist/index.js", import.meta.url)));

test("a client of two servers continues at the second one when the first is killed, and events reach it there", async (t) => {
  const definitions = `${directoryOf({ "app.json": app })}/app.json`;
  const servers = await Promise.all([0, 1].map(() => Server.start([definitions, "--listen", "127.0.0.1:0"])));
  const url = servers.map((server) => server.url);
  const client = createDialogueClient({ url, WebSocket, auth: { userId: "ann" } });
  t.after(() => client.close());
  client.on("error", () => {}); // the second server has a log of its own
  const sockets = [];
  client.on("state", (state) => sockets.push(state));
  const chat = await client.join("chat");
  const members = async (server) => {
    const other = createDialogueClient({ url: server.url, WebSocket, auth: { userId: "bob" } });
    const room = await other.join("chat");
    const { occupancy } = room;
    other.close();
    return occupancy;
  };
  const counts = await Promise.all(servers.map(members));
  const at = counts.indexOf(2);
  assert.deepEqual([...counts].sort(), [1, 2], "it is connected to one of them");
  await servers[at].stop("SIGKILL");
  await new Promise((resolve) => {
    const off = client.on("state", (state) => {
      if (state !== "connected") return;
      off();
      resolve();
    });
  });
  const heard = new Promise((resolve) => chat.on("message", resolve));
  await chat.trigger("message", { text: "Still here" });
  assert.equal((await heard).data.text, "Still here");
  assert.equal(await members(servers[1 - at]), 2);
  assert.deepEqual(sockets, ["connected", "reconnecting", "connected"]);
  await servers[1 - at].stop();
});
