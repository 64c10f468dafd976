// Notifications from outside: the program, a push service with every error, and browsers that decrypt what they get.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { app, directoryOf, run, Server, until } from "../support/program.mjs";
import { PushService } from "../support/push_service.mjs";

const kSecret = "a-secret-of-at-least-32-bytes-for-tests";
const kKey = "k".repeat(40);
const kOther = "o".repeat(40);
const directory = directoryOf({ "app.json": app, "api.key": `office publish ${kKey}\noperator users,read,admin ${kOther}\n` });
const vapid = join(directory, "vapid.pem");

function tokenOf(user, claims = {}) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const exp = Math.floor(Date.now() / 1000) + 600;
  const text = `${part({ alg: "HS256", typ: "JWT" })}.${part({ sub: user, exp, ...claims })}`;
  return `${text}.${createHmac("sha256", kSecret).update(text).digest("base64url")}`;
}

const argumentsOf = (service, more = []) => [
  join(directory, "app.json"),
  ...["--listen", "127.0.0.1:0", "--log", "json", "--log-level", "debug", "--auth-hs256-env", "SECRET"],
  ...["--api-key-file", join(directory, "api.key"), "--push-vapid", vapid, "--push-subject", "mailto:ops@example.com"],
  ...["--push-host", service.origin, "--http-requests", "0", "--http-messages", "0", ...more],
];
const serve = (service, more, env) => Server.start(argumentsOf(service, more), { env: { SECRET: kSecret, ...env } });

async function ask(server, method, path, { token, body, key } = {}) {
  const headers = { ...(body && { "Content-Type": "application/json" }), ...(token && { Authorization: `Bearer ${token}` }) };
  if (key) headers["Idempotency-Key"] = key;
  const answer = await fetch(`${server.url}/api/v1${path}`, { method, headers, body: body && JSON.stringify(body) });
  return { status: answer.status, ...(await answer.json()) };
}
const keyOf = async (server) => (await ask(server, "GET", "/push/key")).key;
const put = (server, user, subscription) => ask(server, "PUT", "/push/devices", { token: tokenOf(user), body: subscription });
const devicesOf = async (server, user) => (await ask(server, "GET", "/push/devices", { token: tokenOf(user) })).devices;
const notify = (server, user, body, key) => ask(server, "POST", `/users/${user}/notifications`, { token: kKey, body, key });

/** A browser of the user, registered. */
async function register(server, service, user) {
  const subscription = service.subscribe(await keyOf(server));
  const { status, id } = await put(server, user, subscription);
  assert.equal(status, 200);
  assert.equal(id, PushService.idOf(subscription));
  return subscription;
}
const textsAt = (service, { endpoint }) =>
  service.delivered.filter((each) => each.endpoint === endpoint).map(({ text }) => JSON.parse(text));
const delivered = (service, subscription, count = 1) =>
  until(
    () => textsAt(service, subscription),
    (texts) => texts.length >= count,
  );

let service;
let server;
before(async () => {
  assert.equal(run(["keys", "--vapid", "--private", vapid]).status, 0);
  service = await PushService.start();
  server = await serve(service);
});
after(async () => {
  await server?.stop();
  service?.close();
});

test("a notification reaches each device of its user, encrypted, and nobody else", async () => {
  const [first, second] = [await register(server, service, "ann"), await register(server, service, "ann")];
  const other = await register(server, service, "bob");
  const body = { title: "Bob in Chat", body: "Hällo 👋", url: "/rooms/7", ttl: 600, urgency: "high", collapse: "chat:7" };
  const answer = await notify(server, "ann", body);
  assert.deepEqual({ ...answer, id: "" }, { status: 200, id: "", devices: 2, duplicate: false });
  for (const browser of [first, second]) {
    const [text] = await delivered(service, browser);
    assert.deepEqual(text, { title: "Bob in Chat", body: "Hällo 👋", url: "/rooms/7", tag: "chat:7" });
    const { headers } = service.delivered.find(({ endpoint }) => endpoint === browser.endpoint);
    assert.equal(headers.urgency, "high");
    assert.ok(Number(headers.ttl) <= 600 && Number(headers.ttl) > 590, headers.ttl);
    assert.match(headers.topic, /^[\w-]{32}$/);
    assert.equal(Number(headers["content-length"]) % 512, 103, "the length says little");
  }
  assert.deepEqual(textsAt(service, other), []);
  assert.equal((await notify(server, "nobody", { title: "x" })).devices, 0);
});

test("devices are a user's own: any accepted token may register, and no key", async () => {
  const browser = await register(server, service, "cid");
  assert.deepEqual(Object.keys(await put(server, "cid", browser)), ["status", "id", "created", "devices"]);
  assert.equal((await put(server, "cid", browser)).created, false);
  const [device] = await devicesOf(server, "cid");
  assert.equal(device.id, PushService.idOf(browser));
  assert.equal(device.current, true);
  assert.equal(device.service, "127.0.0.1");
  assert.ok(!JSON.stringify(device).includes(browser.endpoint));
  for (const token of [kKey, kOther]) {
    const refused = await ask(server, "PUT", "/push/devices", { token, body: browser });
    assert.equal(refused.status, 403);
    assert.match(refused.detail, /takes the token of a user/);
  }
  assert.equal((await ask(server, "GET", "/push/devices")).status, 401);
  const others = await ask(server, "DELETE", `/push/devices/${device.id}`, { token: tokenOf("eve") });
  assert.equal(others.removed, false);
  assert.equal((await ask(server, "DELETE", `/push/devices/${device.id}`, { token: tokenOf("cid") })).removed, true);
  assert.deepEqual(await devicesOf(server, "cid"), []);
  assert.equal(
    (await ask(server, "POST", "/users/ann/notifications", { token: tokenOf("eve"), body: { title: "x" } })).status,
    403,
  );
});

test("a browser is of the user who registered it last", async () => {
  const browser = await register(server, service, "dan");
  assert.equal((await put(server, "eva", browser)).created, true);
  assert.deepEqual(await devicesOf(server, "dan"), []);
  assert.equal((await devicesOf(server, "eva")).length, 1);
});

test("an invalid subscription is refused, with the place of the fault", async () => {
  const good = service.subscribe(await keyOf(server));
  const other = Buffer.from(good.keys.p256dh, "base64url");
  other[30] ^= 1;
  for (const [change, path] of [
    [{ endpoint: "https://127.0.0.1/a" }, "$.endpoint"],
    [{ endpoint: "http://169.254.169.254/latest" }, "$.endpoint"],
    [{ endpoint: "https://evil.example/a" }, "$.endpoint"],
    [{ keys: { ...good.keys, auth: "c2hvcnQ" } }, "$.keys"],
    [{ keys: { ...good.keys, p256dh: other.toString("base64url") } }, "$.keys"],
    [{ key: "BA" }, "$.key"],
    [{ expirationTime: null }, "$.expirationTime"],
  ]) {
    const refused = await put(server, "fay", { ...good, ...change });
    assert.equal(refused.status, 422, JSON.stringify(refused));
    assert.equal(refused.path, path);
  }
  assert.deepEqual(await devicesOf(server, "fay"), []);
});

test("a notification that cannot be sent is refused, with the place", async () => {
  await register(server, service, "gil");
  for (const [body, status, path] of [
    [{}, 422, "$"],
    [{ title: "" }, 422, "$.title"],
    [{ title: "x", url: "https://evil.example/" }, 422, "$.url"],
    [{ title: "x", url: "//evil.example/" }, 422, "$.url"],
    [{ title: "x", url: "/\\evil.example/" }, 422, "$.url"],
    [{ title: "x", ttl: 2419201 }, 422, "$.ttl"],
    [{ title: "x", urgency: "urgent" }, 422, "$.urgency"],
    [{ title: "x", body: "é".repeat(2000) }, 413, "$"],
  ]) {
    const refused = await notify(server, "gil", body);
    assert.equal(refused.status, status, JSON.stringify(refused));
    assert.equal(refused.path, path);
  }
});

test("an Idempotency-Key sends once, and is refused for another notification", async () => {
  const browser = await register(server, service, "hal");
  const [first, again] = await Promise.all([0, 1].map(() => notify(server, "hal", { title: "Once" }, "order-7")));
  const later = await notify(server, "hal", { title: "Once" }, "order-7");
  assert.deepEqual([first, again, later].map(({ duplicate }) => duplicate).sort(), [false, true, true]);
  assert.equal(new Set([first, again, later].map(({ id }) => id)).size, 1);
  assert.equal((await notify(server, "hal", { title: "Other" }, "order-7")).code, "producer_conflict");
  await notify(server, "hal", { title: "Last" });
  const texts = await delivered(service, browser, 2);
  assert.deepEqual(texts.map(({ title }) => title).sort(), ["Last", "Once"]);
});

test("404 and 410 remove exactly that device, and only they", async () => {
  const [gone, stays] = [await register(server, service, "ida"), await register(server, service, "ida")];
  service.end(gone);
  await notify(server, "ida", { title: "One" });
  await delivered(service, stays);
  await until(
    () => devicesOf(server, "ida"),
    (devices) => devices.length === 1 && devices[0].id === PushService.idOf(stays),
  );
  await server.printed(/"push_device_gone"/);
});

test("a push service that is overloaded, broken or gone is asked again, not before Retry-After", async () => {
  const browser = await register(server, service, "jon");
  service.answers.push({ status: 429, headers: { "Retry-After": "3" }, endpoint: browser.endpoint });
  service.answers.push({ status: 503, endpoint: browser.endpoint }, { status: "cut", endpoint: browser.endpoint });
  const begun = Date.now();
  await notify(server, "jon", { title: "Again" });
  const [text] = await delivered(service, browser);
  assert.equal(text.title, "Again");
  assert.ok(Date.now() - begun >= 3000);
  assert.equal((await devicesOf(server, "jon")).length, 1);
});

test("faults of the project suspend the push service and remove no device, until it accepts again", async () => {
  const own = await PushService.start();
  const suspended = await serve(own);
  const users = ["u1", "u2", "u3", "u4", "u5"];
  const browsers = [];
  for (const user of users) browsers.push(await register(suspended, own, user));
  own.answers.push({ status: 403, body: JSON.stringify({ reason: `BadJwtToken ${"x".repeat(60)}` }), always: true });
  for (const user of users) await notify(suspended, user, { title: "Held" });
  const line = JSON.parse(await suspended.printed(/"push_suspended"/));
  assert.equal(line.status, 403);
  assert.equal(line.answer, '{"reason":"BadJwtToken …"}');
  for (const user of users) assert.equal((await devicesOf(suspended, user)).length, 1);
  const metrics = await (await fetch(`${suspended.url}/metrics`, { headers: { Authorization: `Bearer ${kOther}` } })).text();
  assert.match(metrics, /^dialogue_push_suspended 1$/m);
  assert.match(metrics, /^dialogue_push_devices 5$/m);
  assert.match(metrics, /^dialogue_push_waiting 5$/m);
  const asked = own.requests.length;
  await notify(suspended, "u1", { title: "Later" });
  assert.ok(own.requests.length <= asked + 1, "a suspended service is not asked");
  await suspended.stop();
  own.close();
});

test("one user whose subscription is refused suspends nobody", async () => {
  const bad = await register(server, service, "kim");
  const good = await register(server, service, "leo");
  service.answers.push({ status: 403, endpoint: bad.endpoint, always: true });
  for (let i = 0; i < 5; ++i) await notify(server, "kim", { title: `${i}` });
  await until(
    () => service.requests.filter(({ endpoint }) => endpoint === bad.endpoint).length,
    (count) => count >= 5,
  );
  await notify(server, "leo", { title: "Fine" });
  await delivered(service, good);
  assert.ok(!server.lines.some((line) => line.includes('"push_suspended"')));
  service.answers.length = 0;
});

test("no endpoint and no key is in the log", async () => {
  const secrets = [...new Set(service.requests.map(({ endpoint }) => endpoint.slice(-16)))];
  assert.ok(secrets.length > 5);
  const text = server.lines.join("\n");
  for (const secret of [...secrets, ...service.keys]) assert.ok(!text.includes(secret));
  assert.match(text, /"operation":"notifyUser"/);
});

test("devices, notifications on their way and used keys survive a kill", async () => {
  const own = await PushService.start();
  const store = `sqlite:${join(directory, "kept.db")}`;
  const first = await serve(own, ["--store", store]);
  const browser = await register(first, own, "ann");
  own.answers.push({ status: 503, headers: { "Retry-After": "2" } });
  const sent = await notify(first, "ann", { title: "Kept" }, "key-1");
  await until(
    () => own.requests.length,
    (count) => count === 1,
  );
  await first.stop("SIGKILL");
  const second = await serve(own, ["--store", store]);
  assert.equal((await devicesOf(second, "ann"))[0].id, PushService.idOf(browser));
  const [text] = await delivered(own, browser);
  assert.equal(text.title, "Kept");
  assert.deepEqual(await notify(second, "ann", { title: "Kept" }, "key-1"), { ...sent, duplicate: true });
  await second.stop();
  const third = await serve(own, ["--store", store]);
  await notify(third, "ann", { title: "After" });
  const titles = (await delivered(own, browser, 2)).map(({ title }) => title);
  assert.deepEqual(titles, ["Kept", "After"], "what was delivered is not sent again");
  await third.stop();
  assert.match(run(["store", "check", store]).stdout, /no fault/);
  own.close();
});

test("erasing a user removes devices and waiting notifications, and leaves nothing in the file", async () => {
  const own = await PushService.start();
  const path = join(directory, "erased.db");
  const erasing = await serve(own, ["--store", `sqlite:${path}`]);
  await register(erasing, own, "mia-to-erase");
  own.answers.push({ status: 503, headers: { "Retry-After": "600" }, always: true });
  await notify(erasing, "mia-to-erase", { title: "A secret title" });
  await until(
    () => own.requests.length,
    (count) => count === 1,
  );
  const erased = await ask(erasing, "DELETE", "/users/mia-to-erase/data", { token: kOther });
  assert.equal(erased.status, 200, JSON.stringify(erased));
  assert.equal(erased.clean, true, JSON.stringify(erased));
  assert.deepEqual(await devicesOf(erasing, "mia-to-erase"), []);
  await erasing.stop();
  for (const file of [path, `${path}-wal`]) {
    let bytes = "";
    try {
      bytes = readFileSync(file, "latin1");
    } catch {}
    assert.ok(!bytes.includes("mia-to-erase") && !bytes.includes("A secret title") && !bytes.includes(own.origin), file);
  }
  own.close();
});

test("with a second key first, older subscriptions still get notifications, and pages see that theirs is old", async () => {
  const own = await PushService.start();
  const store = `sqlite:${join(directory, "keys.db")}`;
  const first = await serve(own, ["--store", store]);
  const browser = await register(first, own, "ann");
  await first.stop();
  const newer = join(directory, "newer.pem");
  run(["keys", "--vapid", "--private", newer]);
  const rotated = argumentsOf(own, ["--store", store]).flatMap((each) =>
    each === vapid ? [newer, "--push-vapid", vapid] : [each],
  );
  const second = await Server.start(rotated, { env: { SECRET: kSecret } });
  assert.notEqual(await keyOf(second), browser.key);
  assert.equal((await devicesOf(second, "ann"))[0].current, false);
  await notify(second, "ann", { title: "Old key" });
  await delivered(own, browser);
  const renewed = await register(second, own, "ann");
  await notify(second, "ann", { title: "New key" });
  assert.equal((await delivered(own, renewed))[0].title, "New key");
  await second.stop();
  own.close();
});

test("without --push-vapid the routes say so, and settings that cannot work end the start", async () => {
  const plain = await Server.start(
    [
      join(directory, "app.json"),
      "--listen",
      "127.0.0.1:0",
      "--auth-hs256-env",
      "SECRET",
      "--api-key-file",
      join(directory, "api.key"),
    ],
    { env: { SECRET: kSecret } },
  );
  const refused = await ask(plain, "GET", "/push/key");
  assert.equal(refused.status, 422);
  assert.match(refused.detail, /--push-vapid/);
  const metrics = await (await fetch(`${plain.url}/metrics`, { headers: { Authorization: `Bearer ${kOther}` } })).text();
  assert.doesNotMatch(metrics, /^dialogue_push_\S* [^0]/m);
  await plain.stop();
  const bad = (...args) => run(["serve", join(directory, "app.json"), "--listen", "127.0.0.1:0", ...args]).stderr;
  assert.match(bad("--push-vapid", vapid), /no contact is set/);
  assert.match(bad("--push-subject", "mailto:ops@example.com"), /no key is set/);
  for (const subject of ["mailto:ops@localhost", "mailto: ops@example.com", "ops@example.com"])
    assert.match(bad("--push-vapid", vapid, "--push-subject", subject), /cannot be the contact/);
  assert.match(bad("--push-vapid", join(directory, "api.key"), "--push-subject", "mailto:o@example.com"), /api\.key/);
  assert.match(
    bad("--push-vapid", vapid, "--push-subject", "mailto:o@example.com", "--push-host", "http://10.0.0.1:1"),
    /this machine/,
  );
});
