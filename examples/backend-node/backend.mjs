// A backend for a chat, in plain Node without a dependency. It knows the users, mints tokens for them, answers what the Dialogue
// server asks by hooks, and publishes by the HTTP API. README.md has the two commands that run it.
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";

const dialogue = process.env.DIALOGUE_URL ?? "http://127.0.0.1:8080";
const port = Number(process.env.PORT ?? 3000);

// --- Secrets, which the Dialogue server reads from the same files. They are made at the first start. ---

const directory = process.env.SECRETS ?? "secrets";

function secret(name) {
  const path = `${directory}/${name}`;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  if (!existsSync(path)) writeFileSync(path, `${randomBytes(32).toString("hex")}\n`, { mode: 0o600 });
  return readFileSync(path, "utf8").trim();
}

const [tokenKey, apiKey, hooksKey] = ["token.key", "api.key", "hooks.key"].map(secret);
const hmac = (key, text) => createHmac("sha256", key).update(text).digest();
const equal = (a, b) => a.length === b.length && timingSafeEqual(a, b);

// --- Users and their tokens. A real backend keeps hashes of passwords, and in a database. ---

const users = {
  ann: { password: "apple" },
  bob: { password: "banana" },
  sue: { password: "cherry", role: "staff" },
  mallory: { password: "mango" },
};

const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A token for `user`; with `rooms` it is for these rooms only, and says what may be done there. */
function mint(user, rooms) {
  const now = Math.floor(Date.now() / 1000);
  const claims = { sub: user, role: users[user].role, rooms, iat: now, exp: now + 3600 };
  const text = `${part({ alg: "HS256", typ: "JWT" })}.${part(claims)}`;
  return `${text}.${hmac(tokenKey, text).toString("base64url")}`;
}

/** The claims of a token that is ours and has not run out, else nothing. */
function claimsOf(authorization) {
  const [head, claims, signature] = (authorization ?? "").replace("Bearer ", "").split(".");
  const given = Buffer.from(signature ?? "", "base64url");
  if (!equal(given, hmac(tokenKey, `${head}.${claims}`))) return undefined;
  const read = JSON.parse(Buffer.from(claims, "base64url"));
  return read.exp > Date.now() / 1000 ? read : undefined;
}

function login({ user, password }) {
  const known = Object.hasOwn(users, user) && users[user].password === password;
  if (!known) return [401, { problem: "The name or the password is wrong." }];
  return [200, { token: mint(user), user, dialogue }];
}

// --- Hooks: what users may do. Each answer has the id of its question. ---

const deny = (reason) => ({ allow: false, reason });

const rules = {
  connect: ({ user }) => (user.id === "mallory" ? deny("mallory is banned until Monday") : { allow: true }),
  join: ({ user, room }) => (room === "staff" && user.role !== "staff" ? deny("the staff room is for staff") : { allow: true }),
  publish({ data }) {
    if (/https?:/.test(data.text)) return deny("no links, please");
    return { allow: true, data: { ...data, text: data.text.replace(/darn/gi, "****") } };
  },
  disconnect({ user, reason }) {
    console.log(`${user.id} has gone: ${reason}`);
    return { allow: true };
  },
};

const toleranceS = 300;
const seen = new Map(); // ids of requests, with the time when they can be forgotten

function isSigned(header, body) {
  const { t, v1 } = Object.fromEntries((header ?? "").split(",").map((field) => field.split("=")));
  const isRecent = Math.abs(Date.now() / 1000 - Number(t)) <= toleranceS;
  return isRecent && equal(Buffer.from(v1 ?? "", "hex"), hmac(hooksKey, `${t}.${body}`));
}

/** Whether a request comes again: a replay, or notices that were sent twice. */
function isRepeated(id) {
  const now = Date.now();
  for (const [old, until] of seen) if (until < now) seen.delete(old);
  const known = seen.has(id);
  seen.set(id, now + 2 * toleranceS * 1000);
  return known;
}

function answerHooks(headers, body) {
  if (!isSigned(headers["dialogue-signature"], body)) return [403, { problem: "The signature is not right." }];
  const { id, hooks } = JSON.parse(body);
  if (isRepeated(id)) return [200, {}];
  return [200, { answers: hooks.map((hook) => ({ id: hook.id, ...rules[hook.verb](hook) })) }];
}

// --- The HTTP API of the Dialogue server. ---

/** Publishes an event; with a `key` only once, however often it is asked for. */
async function publish(room, event, data, key) {
  const headers = { Authorization: `Bearer ${apiKey}`, "Content-Type": "application/json" };
  if (key) headers["Idempotency-Key"] = key;
  const url = `${dialogue}/api/v1/rooms/${encodeURIComponent(room)}/events`;
  const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify({ event, data }) });
  const told = await answer.json();
  return answer.ok ? [200, { seq: told.seq }] : [answer.status, { problem: told.detail }];
}

function announce(claims, { text }) {
  if (claims?.role !== "staff") return [403, { problem: "Only staff may announce." }];
  return publish("chat", "announcement", { text });
}

// --- Rooms of two. app.json admits only users with a token for the very room, and only these two get one. ---

async function openPair(claims, { peer }) {
  if (!claims) return [401, { problem: "Log in first." }];
  const user = claims.sub;
  if (!Object.hasOwn(users, peer) || peer === user) return [404, { problem: "There is no other user of this name." }];
  const room = `direct-${[user, peer].sort().join("~")}`; // no name has a "~" in it
  const [status, told] = await publish(`inbox-${peer}`, "invitation", { from: user }, `from-${user}`);
  if (status !== 200) return [status, told];
  return [200, { room, token: mint(user, { [room]: ["join", "publish", "history", "presence"] }) }];
}

// --- The web server. ---

const page = new URL("../backend-page/web/", import.meta.url);
const files = {
  "/": ["index.html", "text/html"],
  "/main.js": ["main.js", "text/javascript"],
  "/style.css": ["style.css", "text/css"],
};

async function answerTo({ method, url, headers }, body) {
  if (method === "POST" && url === "/hooks") return answerHooks(headers, body);
  if (method === "POST" && url === "/login") return login(JSON.parse(body));
  if (method === "POST" && url === "/announce") return announce(claimsOf(headers.authorization), JSON.parse(body));
  if (method === "POST" && url === "/pair") return openPair(claimsOf(headers.authorization), JSON.parse(body));
  // client.js, and validator.js, which it loads before the first publication.
  if (/^\/_dialogue\/\w+\.js$/.test(url)) return [200, await (await fetch(dialogue + url)).text(), "text/javascript"];
  if (Object.hasOwn(files, url)) return [200, readFileSync(new URL(files[url][0], page)), files[url][1]];
  return [404, { problem: "There is nothing here." }];
}

const server = createServer(async (request, response) => {
  const body = Buffer.concat(await request.toArray()).toString();
  const [status, content, type] = await answerTo(request, body).catch((error) => [500, { problem: error.message }]);
  response.writeHead(status, { "Content-Type": `${type ?? "application/json"}; charset=utf-8` });
  response.end(type ? content : JSON.stringify(content));
});

server.listen(port, "127.0.0.1", () => console.log(`open http://127.0.0.1:${server.address().port}`));
