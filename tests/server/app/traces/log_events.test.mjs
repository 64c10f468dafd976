// What a running server logs is in the table of log events: each line's event, its level, and no field that the table lacks.
import assert from "node:assert/strict";
import { join as path } from "node:path";
import { test } from "node:test";
import { commonFields, logEvents } from "../../../../scripts/generate/log_events.mjs";
import { join } from "../metrics/kit.mjs";
import { FrameClient, frames } from "../support/frame_client.mjs";
import { app, directoryOf, Server } from "../support/program.mjs";

const kKey = "0123456789abcdef0123456789abcdef";
const directory = directoryOf({ "app.json": app });
const definitions = path(directory, "app.json");
const table = new Map(
  Object.values(logEvents)
    .flat()
    .map(([name, levels, fields]) => [name, { levels: levels.split(" "), fields: fields.split(" ").filter(Boolean) }]),
);

test("each line of a server's life is in the table, with its level and its fields", async () => {
  const store = ["--store", `sqlite:${path(directory, "log.db")}`];
  const trace = ["--otlp-endpoint", "http://127.0.0.1:1", "--trace-sample", "0"];
  const server = await Server.start(
    [definitions, "--listen", "127.0.0.1:0", "--log", "json", "--api-key-env", "KEY", ...store, ...trace],
    {
      env: { KEY: kKey },
    },
  );
  const ann = await FrameClient.connect(server.url);
  await ann.greet("ann", "p");
  const room = await join(ann, "chat");
  await ann.ask([frames.publish, room, 1, 1, 0, { text: "" }], frames.nack);
  await ann.ask([frames.leave, 9, room], frames.left);
  const ask = (route, method, key, body) =>
    fetch(`${server.url}${route}`, {
      method,
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: body && JSON.stringify(body),
    });
  await ask("/api/v1/rooms/chat/events", "POST", kKey, { event: "message", data: { text: "hi" } });
  await ask("/api/v1/rooms", "GET", "x".repeat(32));
  await ask("/api/v1/rooms", "POST", kKey, { id: "made", events: ["message"] });
  await ask("/api/v1/rooms/made", "DELETE", kKey);
  await fetch(`${server.url}/dialogue`, { headers: { origin: "https://other.example" } });
  await ann.close();
  await server.printed(/"disconnected"/);
  await server.tell("SIGHUP", /"event":"reloaded"/);
  await server.stop();

  const seen = new Map();
  for (const line of server.lines) {
    const { event, level, ...fields } = JSON.parse(line);
    assert.ok(table.has(event), line);
    const { levels, fields: known } = table.get(event);
    assert.ok(levels.includes(level), line);
    const names = known.map((each) => each.replace("?", ""));
    for (const name of Object.keys(fields)) assert.ok(commonFields.includes(name) || names.includes(name), `${name}: ${line}`);
    for (const name of known.filter((each) => !each.endsWith("?"))) assert.ok(name in fields, `no ${name}: ${line}`);
    seen.set(event, (seen.get(event) ?? 0) + 1);
  }
  for (const event of "listening connected joined left refused api_write api_refused room_created room_deleted".split(" "))
    assert.ok(seen.has(event), `${event}: ${[...seen.keys()]}`);
  const traced = server.lines.map((line) => JSON.parse(line)).filter(({ event }) => /^api_/.test(event));
  for (const line of traced) assert.match(line.trace, /^[0-9a-f]{32}$/);
});
