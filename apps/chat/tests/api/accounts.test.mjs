// Accounts and sessions over HTTP against the real program, with the input of people who mean no good.
import assert from "node:assert/strict";
import { test } from "node:test";
import { password } from "../support/chat_server.mjs";
import { startChat } from "../support/start_chat.mjs";

const { server } = await startChat();

const register = (body) => server.post("account.register", body);

test("an account is made once, and its name is taken in every look", async () => {
  const first = await register({ name: "Ivan", password, displayName: "Иван" });
  assert.equal(first.status, 200);
  assert.equal(first.body.user.displayName, "Иван");
  assert.match(first.headers.getSetCookie()[0], /^chat=.*HttpOnly/);
  assert.match(first.headers.getSetCookie()[0], /SameSite=Strict/);
  for (const name of ["Ivan", "ivan", "lvan", "1van"]) {
    const { status, body } = await register({ name, password });
    assert.ok([409, 422].includes(status), name);
    assert.equal(body.error.path, "name");
  }
  const { status } = await register({ name: "\u0406van", password }); // Cyrillic
  assert.equal(status, 422);
});

test("ten equal registrations at once make one account", async () => {
  const answers = await Promise.all(Array.from({ length: 10 }, () => register({ name: "double", password })));
  assert.equal(answers.filter(({ status }) => status === 200).length, 1);
  assert.ok(answers.every(({ status }) => [200, 409].includes(status)));
});

test("a body that is not what it should be is refused with what is wrong", async () => {
  const cases = [
    [{}, "name"],
    [{ name: "carl" }, "password"],
    [{ name: 5, password }, "name"],
    [{ name: ["carl"], password }, "name"],
    [{ name: "carl", password: {} }, "password"],
    [{ name: "carl", password, admin: true }, "admin"],
    [{ name: "carl", password, __proto__: null, role: "owner" }, "role"],
    [{ name: "carl", password, displayName: "\u202eevil" }, "displayName"],
    [{ name: "carl", password, displayName: "\u200b" }, "displayName"],
    [{ name: "carl", password: "x".repeat(1025) }, "password"],
    [{ name: "c".repeat(2000), password }, "name"],
  ];
  for (const [body, path] of cases) {
    const { status, body: answer } = await register(body);
    assert.deepEqual(
      [status, answer.error.code, answer.error.path],
      [422, "invalid_request", path],
      JSON.stringify(body).slice(0, 80),
    );
    assert.ok(answer.error.message.length > 10);
  }
});

test("what is no JSON object is refused, and what is too large is not read", async () => {
  const bodies = ["", "null", "[]", "7", '"x"', "{", '{"name":', '{"name":"\\ud800"}', "{".repeat(10_000), "[".repeat(10_000)];
  for (const body of bodies) assert.equal((await register(body)).status, 422, body.slice(0, 20));
  assert.equal((await register(new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x7d]))).status, 422);
  assert.equal((await register(`{"name":"${"x".repeat(20_000)}"}`)).status, 413);
  const form = await server.post("account.login", "name=ann", { type: "application/x-www-form-urlencoded" });
  assert.equal(form.status, 422);
  const foreign = await server.post("account.login", { name: "a", password }, { headers: { Origin: "https://evil.example" } });
  assert.equal(foreign.status, 403);
});

test("a wrong password and a wrong name are one answer, and guessing is slowed down", async () => {
  await server.person("victim");
  const login = (name, given) => server.post("account.login", { name, password: given });
  const [wrong, unknown] = [await login("victim", "wrong password 1"), await login("nobody_here", "wrong password 1")];
  assert.deepEqual(wrong.body, unknown.body);
  assert.equal(wrong.status, 401);
  let last = wrong;
  for (let i = 0; i < 12 && last.status === 401; ++i) last = await login("victim", "wrong password 1");
  assert.equal(last.status, 429);
  assert.ok(Number(last.headers.get("Retry-After")) >= 1);
});

test("a refresh token changes at each use; the one before has the same successor, an older one ends the session", async () => {
  const ann = await server.person("ann");
  const refresh = (cookie) => server.post("account.refresh", {}, { cookie });
  const [second, again] = await Promise.all([refresh(ann.cookie), refresh(ann.cookie)]);
  assert.deepEqual([second.status, again.status], [200, 200]);
  assert.equal(second.cookie, again.cookie);
  assert.notEqual(second.cookie, ann.cookie);
  const third = await refresh(second.cookie);
  assert.equal(third.status, 200);
  const stolen = await refresh(ann.cookie);
  assert.deepEqual([stolen.status, stolen.body.error.code], [401, "session_ended"]);
  assert.match(stolen.headers.getSetCookie()[0], /Max-Age=0/);
  assert.equal((await refresh(third.cookie)).status, 401);
  assert.equal(await ann.refusal("account.sessions"), "unauthorized");
});

test("no cookie is nobody, and a forged one is refused", async () => {
  assert.deepEqual((await server.post("account.refresh", {})).body, { user: null });
  for (const value of ["x", "r1.a.1.b", `r1.${"9".repeat(300)}.1.x`])
    assert.equal((await server.post("account.refresh", {}, { cookie: `chat=${value}` })).status, 401);
  for (const token of ["", "x", "a1.x.99999999999.y"]) assert.equal((await server.post("rooms.list", {}, { token })).status, 401);
});

test("sessions are listed and ended, but not those of others", async () => {
  const [dora, eve] = [await server.person("dora"), await server.person("eve")];
  const { body: other } = await server.post("account.login", { name: "dora", password, device: "Her phone" });
  const { sessions } = await dora.call("account.sessions");
  assert.deepEqual(sessions.map(({ device }) => device).sort(), ["Her phone", "Unknown device"]);
  assert.equal(await eve.refusal("account.session.end", { session: other.session }), "not_found");
  await dora.call("account.session.end", { session: other.session });
  assert.equal((await server.post("rooms.list", {}, { token: other.accessToken })).status, 401);
  assert.equal(await dora.refusal("account.session.end", { session: other.session }), "not_found");
});

test("a new password ends the other sessions, and the old one is worth nothing", async () => {
  const finn = await server.person("finn");
  const { body: other } = await server.post("account.login", { name: "finn", password });
  assert.equal(
    await finn.refusal("account.password", { oldPassword: "not the old one", password: "brand new words" }),
    "invalid_credentials",
  );
  await finn.call("account.password", { oldPassword: password, password: "brand new words" });
  assert.equal((await server.post("rooms.list", {}, { token: other.accessToken })).status, 401);
  await finn.call("rooms.list");
  assert.equal((await server.post("account.login", { name: "finn", password })).status, 401);
  assert.equal((await server.post("account.login", { name: "finn", password: "brand new words" })).status, 200);
});

test("logging out ends the session and its connections at once", async () => {
  const gus = await server.person("gus");
  const client = gus.connect();
  await new Promise((resolve) => client.on("state", (state) => state === "connected" && resolve()));
  const ended = new Promise((resolve) => client.on("state", (state) => state === "closed" && resolve(client.lastError?.code)));
  await gus.call("account.logout");
  assert.equal(await ended, "token_revoked");
  assert.equal(await gus.refusal("rooms.list"), "unauthorized");
  client.close();
});

test("a profile is changed by its user alone, is checked, and reaches the members of the user's rooms", async () => {
  const [nora, otto] = [await server.person("nora"), await server.person("otto")];
  const { id } = await nora.call("rooms.create", { name: "Profiles" });
  await otto.call("rooms.join", { room: id });
  const room = await otto.connect().join(`room-${id}`);
  const told = new Promise((resolve) => room.on("profile", resolve));
  const changed = await nora.call("account.update", { displayName: "Nora  Б", email: "nora@example.org", hue: 200 });
  assert.deepEqual(changed, { id: nora.id, name: "nora", displayName: "Nora Б", hue: 200, email: "nora@example.org" });
  const { data } = await told;
  assert.deepEqual(data, { id: nora.id, name: "nora", displayName: "Nora Б", hue: 200 });
  const { members } = await otto.call("rooms.members", { room: id });
  assert.deepEqual(members[0], { ...data, role: "owner" });
  assert.ok(!JSON.stringify(await otto.call("users.get", { ids: [nora.id] })).includes("example.org"));
  assert.deepEqual(await nora.call("account.update", { email: "", hue: null }), {
    id: nora.id,
    name: "nora",
    displayName: "Nora Б",
  });
  const cases = [
    [{ email: "nora" }, "email"],
    [{ email: "a b@c.d" }, "email"],
    [{ email: "@c.d" }, "email"],
    [{ email: "a@b" }, "email"],
    [{ email: `${"a".repeat(300)}@b.c` }, "email"],
    [{ hue: 360 }, "hue"],
    [{ hue: "red" }, "hue"],
    [{ displayName: "" }, "displayName"],
    [{ displayName: "\u202e" }, "displayName"],
    [{ name: "other" }, "name"],
    [{ password: "other words" }, "password"],
  ];
  for (const [body, path] of cases) {
    const { status, body: answer } = await nora.try("account.update", body);
    assert.deepEqual([status, answer.error.path], [422, path], JSON.stringify(body).slice(0, 60));
  }
  assert.equal((await server.post("account.me", {})).status, 401);
});

test("names that are SQL or HTML are names", async () => {
  const ann = await server.person("sql_ann", "Robert'); DROP TABLE user;--");
  const room = await ann.call("rooms.create", { name: "<script>alert(1)</script>", topic: "' OR 1=1 --" });
  const { rooms } = await ann.call("rooms.list");
  assert.equal(rooms.find(({ id }) => id === room.id).name, "<script>alert(1)</script>");
  const { users } = await ann.call("users.get", { ids: [ann.id] });
  assert.equal(users[0].displayName, "Robert'); DROP TABLE user;--");
});
