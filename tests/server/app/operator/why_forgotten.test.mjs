// `dialogue why` about what is past: an earlier run of the server, an ended connection, a subscription that has changed. What is
// not known any more is said to be unknown, and receipts tell it where they are kept.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { FrameClient, frames } from "../support/frame_client.mjs";
import { app, directoryOf, run, Server, until } from "../support/program.mjs";

const kKey = "k".repeat(40);

async function serve(directory, more) {
  return Server.start([
    join(directory, "app.json"),
    ...["--listen", "127.0.0.1:0", "--api-key-file", join(directory, "keys"), "--dev", "--shards", "2"],
    ...["--store", `sqlite:${join(directory, "kept.db")}`, ...more],
  ]);
}

async function api(server, method, path, body) {
  const answer = await fetch(`${server.url}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${kKey}`, ...(body && { "content-type": "application/json" }) },
    body: body && JSON.stringify(body),
  });
  assert.equal(answer.status, 200);
  return answer.json();
}

const publish = (server) => api(server, "POST", "/rooms/chat/events", { event: "message", data: { text: "hi" } });
const why = (server, seq, user) => api(server, "GET", `/why?room=chat&seq=${seq}&user=${user}`);

/** A member of the room, with the epoch of its log. */
async function member(server, user, kind = 0, epoch = 0, seq = 0, options = {}) {
  const client = await FrameClient.connect(server.url);
  await client.greet(user, "p");
  const joined = await client.ask([frames.join, 1, kind, epoch, seq, "chat", options], frames.joined);
  return { client, joined };
}

/** Bob gets 1 to 5 on one run of the server, and comes back to the next one with that position. */
async function restarted(directory, more = []) {
  const before = await serve(directory, more);
  const { client } = await member(before, "bob");
  for (let i = 0; i < 5; ++i) await publish(before);
  for (let i = 0; i < 5; ++i) await client.hear(frames.event);
  const sure = await until(
    () => why(before, 3, "bob"),
    ({ answer }) => answer === "delivered",
  );
  assert.equal(sure.reason, "written");
  const { epoch } = sure.connections[0];
  client.terminate();
  await before.stop();
  const server = await serve(directory, more);
  return { server, epoch, bob: await member(server, "bob", 2, epoch, 5) };
}

const made = () => directoryOf({ "app.json": app, keys: `office admin ${kKey}\n` });

test("a delivery before a restart is unknown after it, and what cannot be forgotten stays certain", async () => {
  const { server, epoch, bob } = await restarted(made());
  const found = await why(server, 3, "bob");
  assert.deepEqual([found.answer, found.reason], ["unknown", "others_forgotten"]);
  assert.equal(found.connections[0].reason, "resumed_later");
  assert.match(found.evidence.join("\n"), /reconnected with the position 5 /);
  assert.match(found.unknown.join("\n"), /earlier run of the server: the event is older/);
  const printed = run(["why", server.url, "chat", "3", "bob", "--key-env", "KEY"], { env: { KEY: kKey } });
  assert.match(printed.stdout, /^unknown: [\s\S]*Not known:\n.*earlier run/);

  const { seq } = await publish(server);
  const late = await member(server, "eve", 2, epoch, seq);
  assert.deepEqual((({ answer, reason, unknown }) => [answer, reason, unknown])(await why(server, seq, "eve")), [
    "not_delivered",
    "resumed_later",
    [],
  ]);
  await late.client.close();
  await bob.client.close();
  const left = await until(
    () => why(server, 3, "bob"),
    ({ connections }) => !connections[0].open,
  );
  assert.deepEqual([left.answer, left.reason], ["unknown", "others_forgotten"]);
  await server.stop();
});

test("a receipt proves a user's deliveries before a restart, and nothing about others", async () => {
  const directory = made();
  const { server, bob } = await restarted(directory, ["--audit", join(directory, "audit.db"), "--receipts", "1"]);
  const found = await why(server, 3, "bob");
  assert.deepEqual([found.answer, found.reason], ["delivered", "receipt"]);
  assert.match(found.evidence.at(-1), /receipt of the user has the sequences 1 to 5 /);
  assert.match(found.unknown[0], /skipped/);
  const eve = await member(server, "eve");
  assert.equal((await why(server, 3, "eve")).reason, "others_forgotten");
  await eve.client.close();
  await bob.client.close();
  await server.stop();
});

test("deliveries of ended connections are unknown once they are no longer among the last 1,000", async () => {
  const directory = made();
  const server = await serve(directory, []);
  const first = await member(server, "bob");
  const { seq } = await publish(server);
  await first.client.hear(frames.event);
  await first.client.close();
  const { client } = await member(server, "bob");
  await until(
    () => why(server, seq, "bob"),
    ({ answer }) => answer === "delivered",
  );
  const visit = async (i) => {
    const guest = await FrameClient.connect(server.url);
    await guest.greet(`guest${i}`, "p");
    guest.terminate();
  };
  for (let i = 0; i < 1200; i += 20) await Promise.all(Array.from({ length: 20 }, (_, j) => visit(i + j)));
  const found = await until(
    () => why(server, seq, "bob"),
    ({ connections }) => connections.length === 1,
  );
  assert.deepEqual([found.answer, found.reason], ["unknown", "others_forgotten"]);
  assert.match(found.unknown.join("\n"), /the last 1,000/);
  await client.close();
  await server.stop();
});

test("an event that was skipped is not delivered after the end of the connection or a new subscription", async () => {
  const directory = made();
  const server = await serve(directory, ["--audit", join(directory, "audit.db"), "--receipts", "1"]);
  const nothing = { events: [] };
  const closes = await member(server, "closes", 0, 0, 0, nothing);
  const leaves = await member(server, "leaves", 0, 0, 0, nothing);
  const changes = await member(server, "changes", 0, 0, 0, nothing);
  const { seq } = await publish(server);
  const answer = async (user) => {
    const { answer, reason } = await why(server, seq, user);
    return `${answer} ${reason}`;
  };
  for (const user of ["closes", "leaves", "changes"]) assert.equal(await answer(user), "not_delivered not_subscribed");
  for (const { client } of [closes, leaves, changes]) await client.hear(frames.skip);
  await closes.client.close();
  await leaves.client.ask([frames.leave, 2, leaves.joined[2]], frames.left);
  await changes.client.ask([frames.subscribe, 2, changes.joined[2], 0], frames.reply);
  await until(
    () => answer("closes"),
    (said) => said !== "not_delivered not_subscribed",
  );
  for (const user of ["closes", "leaves", "changes"]) assert.equal(await answer(user), "unknown subscription_unknown");
  for (const { client } of [leaves, changes]) await client.close();
  await server.stop();
});
