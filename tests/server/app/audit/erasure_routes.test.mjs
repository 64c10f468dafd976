// F-X2, F-X3: every GET route of the API after an erasure. A new route is a row of `shown`, or the first test fails.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { FrameClient, frames } from "../support/frame_client.mjs";
import { directoryOf, run, Server } from "../support/program.mjs";

const kKey = "k".repeat(40);
const user = "quintessa";
const inbox = `inbox-${user}`;

const app = {
  events: { message: { schema: { type: "string" } }, other: { schema: true } },
  rooms: {
    chat: { events: ["message"], retention: { maxEvents: 1000 } },
    "user:{id}": { events: ["message"], retention: { maxEvents: 1000 } },
    "topic-{id}": { events: ["message"], retention: { maxEvents: 1000 } },
  },
};

/**
 * Of each GET route, the paths that could name the user, without the user's id in them; "always" or "at times" says whether
 * they do before the erasure. "never": nothing of a user is in the answer.
 */
const shown = {
  "/rooms": ["always", () => ["/rooms?limit=1000"]],
  "/rooms/{room}": ["never", () => ["/rooms/chat"]],
  "/rooms/{room}/members": ["always", () => ["/rooms/chat/members"]],
  "/rooms/{room}/documents/{event}": ["never", () => ["/rooms/chat/documents/page"]], // it has content, and no names
  "/rooms/{room}/history": ["always", () => ["/rooms/chat/history"]],
  "/rooms/{room}/receipts": ["always", () => ["/rooms/chat/receipts"]],
  "/users": ["always", () => ["/users"]],
  "/users/{user}/data": ["always", () => []], // the path has the id; what it returns is checked by itself
  "/audit": ["always", () => ["/audit?limit=1000"]],
  "/overview": ["always", () => ["/overview"]],
  "/connections": ["always", () => ["/connections", "/connections?state=closed", "/connections?state=closed&user=bob"]],
  "/connections/{connection}": ["always", (sessions) => sessions.map((session) => `/connections/${session}`)],
  "/why": ["never", () => ["/why?room=chat&seq=1&user=bob"]],
  "/refusals": ["always", () => ["/refusals"]],
  "/top": ["at times", () => ["/top"]], // has the rooms of the last seconds
  "/drain": ["never", () => ["/drain"]],
  "/store": ["never", () => ["/store"]],
  "/cluster": ["never", () => ["/cluster"]], // 404 here; it has nodes only
  "/hooks": ["never", () => ["/hooks"]],
  "/settings": ["never", () => ["/settings"]],
  "/definitions": ["never", () => ["/definitions"]],
  "/whoami": ["never", () => ["/whoami"]],
  "/push/key": ["never", () => ["/push/key"]],
  "/push/devices": ["never", () => ["/push/devices"]], // 403 for the key; those of the user are erased with the user
  "/info": ["never", () => ["/info"]],
  "/openapi.json": ["never", () => ["/openapi.json"]],
};

async function api(server, method, path, body) {
  const answer = await fetch(`${server.url}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${kKey}`, ...(body && { "content-type": "application/json" }) },
    body: body && JSON.stringify(body),
  });
  const text = await answer.text();
  return { status: answer.status, text, body: text === "" ? undefined : JSON.parse(text) };
}

const done = async (server, ...call) => {
  const answer = await api(server, ...call);
  assert.ok(answer.status < 300, `${call.slice(0, 2).join(" ")}: ${answer.text}`);
  return answer.body;
};

const publish = (server, room, from, data) => done(server, "POST", `/rooms/${room}/events`, { event: "message", from, data });

async function serve({ more = [] } = {}) {
  const directory = directoryOf({ "app.json": app, keys: `${kKey}\n` });
  const audit = join(directory, "audit.db");
  const args = [join(directory, "app.json"), "--listen", "127.0.0.1:0", "--api-key-file", join(directory, "keys")];
  args.push("--store", `sqlite:${join(directory, "kept.db")}`, "--shards", "2", ...more);
  if (more.includes("--receipts")) args.push("--audit", audit);
  return { directory, audit, database: join(directory, "kept.db"), start: () => Server.start(args) };
}

async function member(server, userId, room) {
  const client = await FrameClient.connect(server.url);
  const welcome = await client.greet(userId, `p-${userId}`);
  const joined = await client.ask([frames.join, 1, 0, 0, 0, room, {}], frames.joined);
  return { client, session: welcome.session, room: joined[2] };
}

/** Asks until `holds` is content with the answer. */
async function until(server, path, holds) {
  const signal = AbortSignal.timeout(60_000);
  for (;;) {
    const answer = await api(server, "GET", path);
    if (holds(answer)) return answer;
    if (signal.aborted) assert.fail(`${path}: ${answer.text}`);
  }
}

const ended = (server, session) => until(server, `/connections/${session}`, ({ body }) => body.closedAt !== undefined);

/** A user who is in everything that the API can show; resolves to the sessions. */
async function touchEverything(server) {
  await done(server, "POST", "/rooms", { id: inbox, events: ["message"] });
  const bob = await member(server, "bob", inbox);
  const stays = await member(server, user, "chat");
  const left = await member(server, user, "chat");
  const kicked = await member(server, user, "chat");
  await publish(server, "chat", user, "a thought");
  await publish(server, inbox, user, "a note to myself");
  await publish(server, `user:${user}`, "system", "for you");
  for (const each of [stays, left, kicked]) await each.client.hear(frames.event);
  const refused = await api(server, "POST", `/rooms/${inbox}/events`, { event: "other", data: 1 });
  assert.equal(refused.status, 422, refused.text);
  await bob.client.hear(frames.event); // a receipt of the inbox
  await done(server, "DELETE", `/connections/${kicked.session}?reason=asked+by+${user}`);
  await done(server, "DELETE", `/connections/${bob.session}?reason=asked+by+${user}`);
  left.client.terminate();
  for (const { session } of [kicked, bob, left]) await ended(server, session);
  await until(server, "/rooms/chat/receipts", ({ text }) => text.includes(user));
  const gone = await member(server, `${user}2`, "chat");
  return [bob, stays, left, kicked, gone].map(({ session }) => session);
}

const names = (text) => new RegExp(`${user}(?![a-z0-9])`).test(text);

/** The pages of a user's export. */
async function* pagesOf(server, id) {
  for (let path = `/users/${id}/data`; path; ) {
    const page = await api(server, "GET", path);
    yield page;
    path = page.body.next?.replace("/api/v1", "");
  }
}

/** Which routes name the user. */
async function naming(server, sessions) {
  const found = new Set();
  for (const [route, [, paths]] of Object.entries(shown))
    for (const path of paths(sessions)) if (names((await api(server, "GET", path)).text)) found.add(route);
  for await (const { text } of pagesOf(server, "bob")) if (names(text)) found.add("/users/{user}/data");
  for await (const { body } of pagesOf(server, user))
    if (body.events.length > 0 || (body.receipts ?? []).length > 0) found.add("/users/{user}/data");
  return [...found].sort();
}

const routesThat = (when) => Object.keys(shown).filter((route) => shown[route][0] === when);

test("F-X2 every GET route of the API is looked at after an erasure", async () => {
  const { start } = await serve();
  const server = await start();
  const { body } = await api(server, "GET", "/openapi.json");
  const routes = Object.keys(body.paths).filter((path) => body.paths[path].get);
  assert.deepEqual(routes.map((path) => path.replace(/^\/api\/v1/, "")).sort(), Object.keys(shown).sort());
  await server.stop();
});

test("F-X2 F-X3 an erased user is in no answer of the API, and an erasure that is repeated is clean", async () => {
  const { start, audit } = await serve({ more: ["--receipts", "1"] });
  const before = await start(); // so that there is a drain receipt
  const lost = await member(before, user, "chat");
  assert.deepEqual(await before.stop(), [0, null]);
  lost.client.terminate();
  const server = await start();
  const sessions = await touchEverything(server);
  const named = await naming(server, sessions);
  assert.deepEqual(
    routesThat("always").filter((route) => !named.includes(route)),
    [],
  );
  assert.deepEqual(
    routesThat("never").filter((route) => named.includes(route)),
    [],
  );

  const report = await done(server, "DELETE", `/users/${user}/data`);
  assert.deepEqual([report.clean, report.connected, report.roomsNamedAfterUser], [false, 0, [inbox]], JSON.stringify(report));
  const second = await done(server, "DELETE", `/users/${user}/data?delete_rooms=true`);
  assert.deepEqual([second.clean, second.roomsDeleted, second.roomsNamedAfterUser], [true, 1, []], JSON.stringify(second));
  assert.deepEqual(await naming(server, sessions), []);
  const third = await done(server, "DELETE", `/users/${user}/data`);
  assert.deepEqual([third.clean, third.events], [true, 0], JSON.stringify(third));
  assert.deepEqual(await naming(server, sessions), []);
  assert.ok((await api(server, "GET", "/connections")).text.includes(`${user}2`)); // whose id only begins so
  assert.deepEqual(await server.stop(), [0, null]);
  assert.match(run(["audit", "verify", audit]).stdout, /The chain is complete/);
});

test("F-X3 the receipts of a deleted room's members are erased with it", async () => {
  const { start, audit } = await serve({ more: ["--receipts", "1"] });
  const server = await start();
  await done(server, "POST", "/rooms", { id: inbox, events: ["message"] });
  const bob = await member(server, "bob", inbox);
  await publish(server, inbox, user, "a note to myself");
  await bob.client.hear(frames.event);
  const report = await done(server, "DELETE", `/users/${user}/data?delete_rooms=true`);
  assert.deepEqual([report.clean, report.roomsDeleted], [true, 1], JSON.stringify(report));
  assert.deepEqual(await server.stop(), [0, null]);
  assert.ok(!readFileSync(audit).includes(inbox), "the audit names the deleted room");
});

test("F-X2 a user who is connected when the erasure ends is reported, and the erasure is not clean", async () => {
  const { start } = await serve();
  const server = await start();
  await publish(server, "chat", user, "a thought");
  let isErased = false;
  const reports = [];
  const erase = async () => {
    while (!isErased) reports.push(await done(server, "DELETE", `/users/${user}/data`));
  };
  const erasing = erase();
  const signal = AbortSignal.timeout(60_000);
  while (!reports.some(({ connected }) => connected > 0)) {
    signal.throwIfAborted();
    await member(server, user, "chat").catch(() => undefined);
  }
  isErased = true;
  await erasing;
  for (const { clean, connected } of reports) assert.equal(clean, connected === 0);
  assert.deepEqual(await server.stop(), [0, null]);
});

test("F-X3 a room that is named after the user stays, and is clean, if others published", async () => {
  const { start, database } = await serve();
  const server = await start();
  await publish(server, `topic-${user}`, user, "mine");
  await publish(server, `topic-${user}`, "bob", "of bob");
  await publish(server, `topic-${user}-2`, user, "mine alone");
  const report = await done(server, "DELETE", `/users/${user}/data?delete_rooms=true`);
  assert.deepEqual([report.clean, report.roomsDeleted, report.roomsNamedAfterUser], [true, 1, []], JSON.stringify(report));
  assert.equal((await done(server, "GET", `/rooms/topic-${user}/history`)).events.length, 1);
  await publish(server, `topic-${user}-3`, user, "mine again");
  assert.deepEqual(await server.stop(), [0, null]);
  const kept = run(["erase", "--user", user, "--store", database]);
  assert.equal(kept.status, 1);
  assert.match(kept.stdout, /Rooms with the id in their name and no events from other users.*\n {2}topic-quintessa-3\n/);
  const deleted = run(["erase", "--user", user, "--store", database, "--delete-rooms"]);
  assert.equal(deleted.status, 0, deleted.stdout);
  assert.match(deleted.stdout, /Deleted 1 room named after the user/);
  assert.match(run(["store", "check", database]).stdout, /no fault/);
});
