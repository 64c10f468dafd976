// Push as a rule of the definitions: who is notified of an event, when, and who is not.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { FrameClient, frames } from "../support/frame_client.mjs";
import { directoryOf, run, Server, until } from "../support/program.mjs";
import { PushService } from "../support/push_service.mjs";

const kSecret = "a-secret-of-at-least-32-bytes-for-tests";
const kKey = "k".repeat(40);
const text = { type: "string" };
const task = (push) => ({
  schema: { type: "object", properties: { text, assignee: text, watchers: { type: "array", items: text } } },
  push: { to: "user:{data.assignee}", title: "{from} in {room}", body: "{data.text|20}", url: "/rooms/{room}#{seq}", ...push },
});
const app = {
  events: {
    assigned: task({}),
    always: task({ when: "always", urgency: "high", ttl: "10m" }),
    watched: task({ to: "user:{data.watchers}" }),
    delayed: task({ delay: "2s", collapse: "{room}" }),
    plain: { schema: true },
  },
  rooms: { office: { events: ["assigned", "always", "watched", "delayed", "plain"] } },
};
const directory = directoryOf({ "app.json": app, "api.key": `office admin ${kKey}\n` });
const vapid = join(directory, "vapid.pem");

function tokenOf(user) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = `${part({ alg: "HS256", typ: "JWT" })}.${part({ sub: user, exp: Math.floor(Date.now() / 1000) + 600 })}`;
  return `${signed}.${createHmac("sha256", kSecret).update(signed).digest("base64url")}`;
}

let service;
let server;
const serve = (more = []) =>
  Server.start(
    [
      join(directory, "app.json"),
      ...["--listen", "127.0.0.1:0", "--log", "json", "--auth-hs256-env", "SECRET", "--api-key-file", join(directory, "api.key")],
      ...["--push-vapid", vapid, "--push-subject", "mailto:ops@example.com", "--push-host", service.origin, ...more],
    ],
    { env: { SECRET: kSecret } },
  );
before(async () => {
  run(["keys", "--vapid", "--private", vapid]);
  service = await PushService.start();
  server = await serve();
});
after(async () => {
  await server?.stop();
  service?.close();
});

async function ask(method, path, token, body, on = server) {
  const headers = { Authorization: `Bearer ${token}`, ...(body && { "Content-Type": "application/json" }) };
  const answer = await fetch(`${on.url}/api/v1${path}`, { method, headers, body: body && JSON.stringify(body) });
  assert.equal(answer.status, 200, await answer.clone().text());
  return answer.json();
}
async function register(user, on = server) {
  const { key } = await (await fetch(`${on.url}/api/v1/push/key`)).json();
  const browser = service.subscribe(key);
  await ask("PUT", "/push/devices", tokenOf(user), browser, on);
  return browser;
}
const publish = (event, data, from = "bob", on = server) => ask("POST", "/rooms/office/events", kKey, { event, data, from }, on);
const textsAt = ({ endpoint }) =>
  service.delivered.filter((each) => each.endpoint === endpoint).map((each) => JSON.parse(each.text));
const delivered = (browser, count = 1) =>
  until(
    () => textsAt(browser),
    (texts) => texts.length >= count,
  );
async function connect(user, on = server) {
  const client = await FrameClient.connect(on.url);
  await client.ask([1, 1, 0, 0, { token: tokenOf(user), producer: { id: `p-${user}` } }], frames.welcome);
  return client;
}

test("a user without a connection is notified, with texts of the payload", async () => {
  const ann = await register("ann");
  const { seq } = await publish("assigned", { text: "Please look at this, and at that", assignee: "ann" });
  const [note] = await delivered(ann);
  const expected = { title: "bob in office", body: "Please look at this…", url: `/rooms/office#${seq}` };
  assert.deepEqual({ ...expected, tag: note.tag }, note);
});

test("the author is not notified, and an event without a rule notifies no user", async () => {
  const cid = await register("cid");
  await publish("always", { text: "own", assignee: "cid" }, "cid");
  await publish("plain", { assignee: "cid" });
  await publish("always", { text: "of another", assignee: "cid" });
  await delivered(cid);
  assert.deepEqual(
    textsAt(cid).map(({ body }) => body),
    ["of another"],
  );
});

test("a connected user is notified by `always` only", async () => {
  const dan = await register("dan");
  const client = await connect("dan");
  await publish("assigned", { text: "seen", assignee: "dan" });
  await publish("always", { text: "always", assignee: "dan" });
  const [note] = await delivered(dan);
  assert.equal(note.body, "always");
  assert.equal(service.delivered.find(({ endpoint }) => endpoint === dan.endpoint).headers.urgency, "high");
  await client.close();
  await publish("assigned", { text: "missed", assignee: "dan" });
  assert.deepEqual(
    (await delivered(dan, 2)).map(({ body }) => body),
    ["always", "missed"],
  );
});

test("an array names several users, each of whom is notified once", async () => {
  const [eva, fay] = [await register("eva"), await register("fay")];
  await publish("watched", { text: "both", watchers: ["eva", "fay", "eva", "bob", ""] });
  for (const browser of [eva, fay]) assert.equal((await delivered(browser)).length, 1);
});

test("with a delay, a notification comes when it is due", async () => {
  const gil = await register("gil");
  const begun = Date.now();
  await publish("delayed", { text: "later", assignee: "gil" });
  const [note] = await delivered(gil);
  assert.ok(Date.now() - begun >= 2000);
  assert.equal(note.body, "later");
  assert.equal(note.tag, "office");
});

test("a user who connects before the delay is over is not notified", async () => {
  const hal = await register("hal");
  await publish("delayed", { text: "seen in time", assignee: "hal" });
  const client = await connect("hal");
  const metrics = async () => (await fetch(`${server.url}/metrics`, { headers: { Authorization: `Bearer ${kKey}` } })).text();
  await until(metrics, (page) => /^dialogue_push_waiting 0$|^(?![\s\S]*dialogue_push_waiting)/m.test(page));
  assert.match(await metrics(), /^dialogue_push_notifications_total\{outcome="seen"\} [1-9]/m);
  assert.deepEqual(textsAt(hal), []);
  await client.close();
});

test("a notification that waits for its delay survives a kill", async () => {
  const store = ["--store", `sqlite:${join(directory, "rules.db")}`];
  const first = await serve(store);
  const ida = await register("ida", first);
  await publish("delayed", { text: "kept", assignee: "ida" }, "bob", first);
  await until(
    async () => (await fetch(`${first.url}/metrics`, { headers: { Authorization: `Bearer ${kKey}` } })).text(),
    (page) => /^dialogue_push_waiting 1$/m.test(page),
  );
  await first.stop("SIGKILL");
  const second = await serve(store);
  assert.equal((await delivered(ida))[0].body, "kept");
  await second.stop();
});

test("`dialogue check` names the place of a placeholder that the payload does not have", () => {
  const bad = structuredClone(app);
  bad.events.assigned.push.body = "{data.txt}";
  const { status, stderr, stdout } = run(["check", join(directoryOf({ "bad.json": JSON.stringify(bad, null, 1) }), "bad.json")]);
  assert.equal(status, 1);
  assert.match(stderr + stdout, /bad\.json:\d+:\d+.*"txt" is not a property of the payload/);
});
