// Members of the web client that receive a part of their room: the packed client against the server, over WebSocket.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { root } from "./support/program.mjs";
import { publish, serve } from "./support/push_kit.mjs";

const { createDialogueClient } = await import(pathToFileURL(join(root, "js", "dist", "index.js")));
const { WebSocket } = createRequire(join(root, "js", "package.json"))("ws");

/** What a room has delivered so far, and the wait for so many of them. */
function heardIn(room) {
  const heard = [];
  let wake = () => undefined;
  room.onAny((event, { data }) => {
    heard.push(`${event} ${data.region} ${data.total ?? ""}`.trim());
    wake();
  });
  const until = async (count) => {
    while (heard.length < count)
      await new Promise((resolve) => {
        wake = resolve;
      });
    return heard;
  };
  return { heard, until };
}

test("join takes patterns of names and a condition on the content, live and from the log, over a reconnection too", async () => {
  const server = await serve();
  const client = createDialogueClient({ url: server.url, auth: { userId: "ann" }, WebSocket });
  const order = (region, total) => publish(server, "orders", { region, total }, "order.created");
  await order("eu", 150);
  await order("us", 150);
  const filter = { and: [{ in: ["region", ["eu", "uk"]] }, { not: { lt: ["total", 100] } }] };
  const room = client.room("orders");
  const { heard, until } = heardIn(room);
  await room.join({ match: ["order.c*"], filter, from: { last: 10 } });
  assert.deepEqual(await until(1), ["order.created eu 150"]);
  await order("uk", 99);
  await publish(server, "orders", { region: "eu", total: 500 }, "order.paid");
  await order("uk", 100);
  assert.deepEqual(await until(2), ["order.created eu 150", "order.created uk 100"]);
  client.disconnect();
  await order("us", 200);
  await order("eu", 200);
  client.connect();
  assert.deepEqual(await until(3), ["order.created eu 150", "order.created uk 100", "order.created eu 200"]);
  assert.equal(room.recovered, true);
  assert.equal(heard.length, 3);
  client.close();
  await server.stop();
});

test("a filter that the definitions do not allow is refused with its place", async () => {
  const server = await serve();
  const client = createDialogueClient({ url: server.url, auth: { userId: "ann" }, WebSocket });
  await assert.rejects(client.join("orders", { filter: { and: [{ eq: ["secret", 1] }] } }), ({ code, message }) => {
    assert.equal(code, "request_invalid");
    assert.match(message, /filter \$\.and\[0\]\.eq has the field "secret"/);
    return true;
  });
  await assert.rejects(client.join("orders", { match: ["nothing.*"] }), { code: "event_unknown" });
  client.close();
  await server.stop();
});
