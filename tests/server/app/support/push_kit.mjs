// A server with rooms of several kinds, and streams of it, for the tests of push streams.
import assert from "node:assert/strict";
import { join } from "node:path";
import { directoryOf, run, Server } from "./program.mjs";
import { PushStream } from "./push_stream.mjs";

export const kKey = "0123456789abcdef0123456789abcdef";
export const kSecret = "a secret of at least 32 bytes, for tests";
export const anyPort = ["--listen", "127.0.0.1:0"];
const everything = { schema: true };
const definitions = {
  events: {
    message: everything,
    "order.created": { schema: true, filterable: ["region", "customer.id", "total"] },
    "order.paid": { schema: true, filterable: ["region"] },
  },
  rooms: {
    news: { events: ["message"], retention: { maxEvents: 100_000 } },
    orders: { events: ["order.created", "order.paid"] },
    short: { events: ["message"], retention: { maxEvents: 5 } },
    staff: { events: ["message"], access: { join: ["role:staff"] } },
    small: { events: ["message"], maxSize: 1 },
    sockets: { events: ["message"], channels: ["websocket"] },
    "room-{id}": { events: ["message"] },
    "user:{id}": { events: ["message"], access: { join: ["user:{id}"], publish: [] } },
  },
};
const directory = directoryOf({ "app.json": definitions });
const app = join(directory, "app.json");

export const serve = (args = [], env = {}) =>
  Server.start([app, ...anyPort, "--api-key-env", "KEY", ...args], { env: { KEY: kKey, SECRET: kSecret, ...env } });

export async function call(server, method, path, body) {
  const answer = await fetch(`${server.url}/api/v1${path}`, {
    method,
    headers: { Authorization: `Bearer ${kKey}`, ...(body && { "Content-Type": "application/json" }) },
    body: body && JSON.stringify(body),
  });
  const text = await answer.text();
  assert.ok(answer.ok, `${answer.status} ${text}`);
  return text ? JSON.parse(text) : undefined;
}
export const publish = (server, room, data, event = "message") => call(server, "POST", `/rooms/${room}/events`, { event, data });

export async function opened(server, query, options) {
  const stream = await PushStream.open(server.url, `/events?${query}`, options);
  assert.equal(stream.status, 200, stream.body);
  await stream.next("dialogue.open");
  return stream;
}

export const problemOf = async (server, query, options) => {
  const stream = await (
    await PushStream.open(server.url, `/events?${query}`, { headers: { Connection: "close" }, ...options })
  ).end();
  return { status: stream.status, ...JSON.parse(stream.body) };
};

export const tokenFor = (sub, ...claims) => {
  const args = ["token", "--sub", sub, "--key-env", "SECRET", ...claims.flatMap((claim) => ["--claim", claim])];
  const { status, stdout, stderr } = run(args, { env: { SECRET: kSecret } });
  assert.equal(status, 0, stderr);
  return stdout.trim();
};
