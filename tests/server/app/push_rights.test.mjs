// Who may have a push stream: what is refused finally, what temporarily, and how a stream ends.
import assert from "node:assert/strict";
import { test } from "node:test";
import { call, opened, problemOf, publish, serve, tokenFor } from "./support/push_kit.mjs";
import { PushStream } from "./support/push_stream.mjs";

test("pages of allowed origins may read streams, and their refusals; others may not", async () => {
  const server = await serve(["--dev", "--allow-origin", "https://app.example"]);
  const from = (origin) => ({ headers: { Origin: origin, Connection: "close" } });
  const allowed = await opened(server, "rooms=news", from("https://app.example"));
  assert.equal(allowed.headers["access-control-allow-origin"], "https://app.example");
  const refused = await PushStream.open(server.url, "/events", from("https://app.example"));
  assert.deepEqual([refused.status, refused.headers["access-control-allow-origin"]], [400, "https://app.example"]);
  const foreign = await PushStream.open(server.url, "/events?rooms=news", from("https://evil.example"));
  assert.deepEqual([foreign.status, foreign.headers["access-control-allow-origin"]], [403, undefined]);
  await server.stop();
});

test("a query that can never work is refused with what to write", async () => {
  const server = await serve();
  for (const [query, status, said] of [
    ["", 400, /The query has no rooms\. Write, for example, \/events\?rooms=news,sports\./],
    ["rooms=", 400, /"" is not a room id/],
    ["rooms=a%20b", 400, /"a b" is not a room id/],
    ["rooms=news,news", 400, /the room news is listed twice/],
    ["rooms=news&rooms=orders", 400, /the parameter "rooms" twice/],
    ["rooms=%zz", 400, /not percent-encoded/],
    ["rooms=%ff", 400, /not percent-encoded UTF-8/],
    ["rooms=news&last=many", 400, /last: "many" is not a number/],
    [`rooms=${Array.from({ length: 17 }, (_, i) => `room-${i}`).join(",")}`, 400, /at most 16 rooms, not 17/],
    ["rooms=news,nowhere", 404, /nowhere: There is no room nowhere/],
    ["rooms=staff", 403, /staff: You may not do this/],
    ["rooms=sockets", 403, /not served over server-sent events/],
    ["rooms=news&token=none", 401, /./],
  ]) {
    const problem = await problemOf(server, query);
    assert.equal(problem.status, status, `${query}: ${JSON.stringify(problem)}`);
    assert.match(problem.detail, said);
  }
  const all = await opened(server, `rooms=${Array.from({ length: 16 }, (_, i) => `room-${i}`).join(",")}`);
  assert.equal(all.lastEventId.split("-").length, 16);
  await server.stop();
});

test("a temporary refusal is an answer 200 with the time: limits of connections, a full room, the drain", async () => {
  const server = await serve(["--connections-max", "1", "--shards", "1", "--drain-ms", "500"]);
  const first = await opened(server, "rooms=small");
  const later = async (query) => {
    const stream = await (await PushStream.open(server.url, `/events?${query}`, { headers: { Connection: "close" } })).end();
    assert.equal(stream.status, 200);
    const { event, data } = await stream.next();
    assert.equal(event, "dialogue.error");
    assert.ok(stream.retryMs > 0 && stream.retryMs === data.retryAfterMs);
    return data.code;
  };
  assert.equal(await later("rooms=news"), "server_full");
  first.close();
  let second;
  do second = await PushStream.open(server.url, "/events?rooms=small");
  while (!/dialogue\.open/.test(second.body) && (second.close(), true));
  const ended = server.stop();
  const error = await second.next("dialogue.error");
  assert.equal(error.data.code, "draining");
  assert.equal(second.retryMs, error.data.retryAfterMs ?? second.retryMs);
  await second.end();
  assert.deepEqual(await ended, [0, null]);
});

test("a room that is full is tried again later", async () => {
  const server = await serve();
  await opened(server, "rooms=small");
  const stream = await (
    await PushStream.open(server.url, "/events?rooms=news,small", { headers: { Connection: "close" } })
  ).end();
  assert.equal(stream.status, 200);
  assert.deepEqual((await stream.next()).data.code, "room_full");
  assert.match(stream.body, /^retry: [1-9]/m);
  await server.stop();
});

test("P-16 rights are checked with each request, regardless of its id; tokens come by header or query", async () => {
  const server = await serve(["--auth-hs256-env", "SECRET"]);
  const ann = tokenFor("ann", "role=staff");
  const bob = tokenFor("bob");
  const bearer = (token) => ({ headers: { Authorization: `Bearer ${token}`, Connection: "close" } });
  const hers = await opened(server, "rooms=staff,news", bearer(ann));
  await publish(server, "staff", "for staff");
  await publish(server, "news", "for all");
  await hers.take(2);
  const id = hers.lastEventId;
  await publish(server, "news", "for all, too");
  const refused = await problemOf(server, "rooms=staff,news", bearer(bob));
  assert.equal(refused.status, 403);
  assert.match(refused.detail, /^staff: /);
  const stolen = await opened(server, "rooms=staff,news", { ...bearer(bob), id });
  assert.equal((await stolen.next("dialogue.left")).data.roomId, "staff");
  assert.equal((await stolen.next("message")).data.data, "for all, too");
  assert.equal((await problemOf(server, "rooms=staff", { ...bearer(bob), id: id.split("-")[0] })).status, 403);
  const his = await opened(server, `rooms=news&token=${bob}`, { id: id.split("-")[1] });
  assert.equal((await his.next("message")).data.data, "for all, too");
  assert.equal((await problemOf(server, "rooms=news")).status, 401);
  const lines = server.lines.join("\n");
  assert.ok(!lines.includes(bob) && !lines.includes(ann), "a token is in the log");
  await server.stop();
});

test("P-16 a revoked token ends its stream, and the next request is refused", async () => {
  const server = await serve(["--auth-hs256-env", "SECRET"]);
  const token = tokenFor("ann");
  const stream = await opened(server, `rooms=news&token=${token}`);
  await call(server, "POST", "/revocations", { user: "ann", issuedBefore: Math.floor(Date.now() / 1000) + 1 });
  assert.equal((await stream.next("dialogue.error")).data.code, "token_revoked");
  await stream.end();
  const { status, code } = await problemOf(server, `rooms=news&token=${token}`);
  assert.deepEqual([status, code], [401, "token_revoked"]);
  await server.stop();
});

test("a stream that the server ended permanently is answered 204, which stops EventSource", async () => {
  const server = await serve();
  const stream = await opened(server, "rooms=news&userId=ann");
  await call(server, "DELETE", "/users/ann/connections");
  assert.equal((await stream.next("dialogue.error")).data.code, "denied_by_hook");
  await stream.end();
  assert.match(stream.lastEventId, /![0-9a-z]+$/);
  const again = (path, id = stream.lastEventId) => PushStream.open(server.url, path, { id });
  assert.equal((await again("/events?rooms=news&userId=ann")).status, 204);
  // Another request is another stream, wherever its id comes from.
  for (const [path, id] of [
    ["/events?rooms=news&userId=bob"],
    ["/events?rooms=news&userId=ann&last=0"],
    ["/events?rooms=news&userId=ann", "!"],
    ["/events?rooms=news&userId=ann", "!1"],
  ])
    assert.equal((await again(path, id)).status, 200, `${path} ${id}`);
  await server.stop();
});

test("a stream that continues leaves rooms that were deleted meanwhile, and keeps the others", async () => {
  const server = await serve();
  for (const room of ["made-a", "made-b"]) await call(server, "POST", "/rooms", { id: room, events: ["message"] });
  const first = await opened(server, "rooms=made-a,made-b");
  await publish(server, "made-b", 1);
  await first.next("message");
  const id = first.lastEventId;
  first.close();
  await call(server, "DELETE", "/rooms/made-a");
  await publish(server, "made-b", 2);
  for (let round = 0; round < 2; ++round) {
    const stream = await opened(server, "rooms=made-a,made-b", { id });
    assert.deepEqual(await stream.next("dialogue.left").then(({ data: { roomId, code } }) => [roomId, code]), [
      "made-a",
      "room_unknown",
    ]);
    assert.equal((await stream.next("message")).data.data, 2);
    assert.equal(stream.lastEventId.split("-").length, 2);
  }
  assert.equal((await problemOf(server, "rooms=made-a,made-b")).status, 404); // without an id it is a mistake
  await call(server, "DELETE", "/rooms/made-b");
  const gone = await PushStream.open(server.url, "/events?rooms=made-a,made-b", { id });
  assert.equal(gone.status, 404);
  await server.stop();
});

test("a room that is deleted is left; with the last room the stream ends", async () => {
  const server = await serve();
  for (const room of ["made-a", "made-b"]) await call(server, "POST", "/rooms", { id: room, events: ["message"] });
  const stream = await opened(server, "rooms=made-a,made-b");
  await call(server, "DELETE", "/rooms/made-a");
  assert.deepEqual(await stream.next("dialogue.left").then(({ data: { roomId, code } }) => [roomId, code]), [
    "made-a",
    "room_deleted",
  ]);
  await publish(server, "made-b", "still here");
  assert.equal((await stream.next("message")).data.data, "still here");
  await call(server, "DELETE", "/rooms/made-b");
  await stream.next("dialogue.left");
  await stream.end();
  await server.stop();
});
