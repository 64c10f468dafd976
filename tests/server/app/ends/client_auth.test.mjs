// A web client whose user changes: what the server, and others in the room, see of it.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { root } from "../support/program.mjs";
import { publish, serve } from "../support/push_kit.mjs";

const { createDialogueClient } = await import(pathToFileURL(join(root, "js", "dist", "index.js")));
const { WebSocket } = createRequire(join(root, "js", "package.json"))("ws");

/** Resolves once `read` gives what is expected; `watch` calls its handler when it may have changed. */
const until = (read, expected, watch) =>
  new Promise((resolve) => {
    const look = () => JSON.stringify(read()) === JSON.stringify(expected) && resolve();
    watch(look);
    look();
  });

for (const transports of [["websocket"], ["stream"], ["polling"]])
  test(`F-U-M6 setAuth by ${transports}: members see one user leave and the other join, and miss nothing`, async () => {
    const server = await serve();
    const connect = (userId, options) => createDialogueClient({ url: server.url, auth: { userId }, WebSocket, ...options });
    const watcher = connect("watcher");
    const seen = await watcher.join("orders");
    const members = () => seen.members.map(({ userId }) => userId).sort();
    const client = connect("ann", { transports });
    const room = client.room("orders");
    const heard = [];
    room.onAny((_, { seq }) => heard.push(seq));
    await room.join();
    await until(members, ["ann", "watcher"], (look) => seen.onMembers(look));
    await publish(server, "orders", { region: "eu" }, "order.created");
    await until(
      () => heard,
      [1],
      (look) => room.onAny(look),
    );

    await client.setAuth({ userId: "bob" });
    await publish(server, "orders", { region: "uk" }, "order.created");
    await until(
      () => heard,
      [1, 2],
      (look) => room.onAny(look),
    );
    await until(members, ["bob", "watcher"], (look) => seen.onMembers(look)); // a lost session would keep its place for minutes
    assert.equal(client.userId, "bob");
    const received = new Promise((resolve) => seen.on("order.paid", ({ from }) => resolve(from)));
    await room.trigger("order.paid", { region: "eu" });
    assert.equal(await received, "bob");
    client.close();
    watcher.close();
    await server.stop();
  });
