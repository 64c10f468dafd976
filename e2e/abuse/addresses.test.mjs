// F-N13: a crowd with many IPv6 networks, each of which asks little, beside newcomers who must get in. Addresses are what a
// trusted proxy would say (X-Forwarded-For).
import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { kPatienceMs } from "../../tests/patience.mjs";
import { freePort, Server, scratch } from "../crash/parts/server.mjs";
import { within } from "../crash/parts/waiting.mjs";
import { signingSecret, tokenFor } from "./parts/tokens.mjs";
import { frame, upgradeRequest } from "./parts/wire.mjs";

const remembered = 65_536; // addresses without a connection that a server tells apart
const crowdSize = remembered + 4_000;
const sockets = 4;
const atOnce = 250; // requests of one socket that are under way
const sharePerNetwork = 16;
const failuresMax = 10;

const directory = scratch("crowd");
const app = fileURLToPath(new URL("app.json", import.meta.url));
let server;
let port;

before(async () => {
  server = new Server({
    app,
    directory: directory.path,
    port: await freePort(),
    args: ["--auth-hs256-env", "ABUSE_SECRET", "--trusted-proxy", "127.0.0.1"],
    env: { ABUSE_SECRET: signingSecret },
  });
  await server.start();
  port = Number(new URL(server.url).port);
});

after(async () => {
  assert.equal((await server.stop()).code, 0);
  directory.remove();
});

/** Address `n` of a crowd: each in a /64, and each in a /48, of its own. */
const spread = (n) => `2001:${(0x1000 + (n >> 16)).toString(16)}:${(n & 0xffff).toString(16)}:1::1`;

/** A request from `address` that counts for it, and with a token that is none counts as a failure, too. */
const attempt = (address) =>
  `GET /api/v1/info HTTP/1.1\r\nHost: chat.example\r\nX-Forwarded-For: ${address}\r\nAuthorization: Bearer nonsense\r\n\r\n`;

/** Sends an attempt from each of the addresses over one connection; resolves to how many were answered by each status. */
function attempts(addresses) {
  const socket = connect(port, "127.0.0.1");
  const counts = {};
  return new Promise((resolve, reject) => {
    let sent = 0;
    let answered = 0;
    let rest = "";
    const send = () => {
      const some = addresses.slice(sent, answered + atOnce);
      sent += some.length;
      if (some.length > 0) socket.write(some.map(attempt).join(""));
    };
    socket.on("data", (bytes) => {
      const heard = rest + bytes.toString("latin1");
      const statuses = [...heard.matchAll(/HTTP\/1\.1 (\d{3}) /g)];
      for (const [, status] of statuses) counts[status] = (counts[status] ?? 0) + 1;
      const last = statuses.at(-1);
      rest = heard.slice(last ? Math.max(last.index + last[0].length, heard.length - 16) : -16);
      answered += statuses.length;
      if (answered < addresses.length) return send();
      socket.destroy();
      resolve(counts);
    });
    socket.on("error", reject);
    socket.on("close", () => reject(new Error(`closed after ${answered} answers`)));
    send();
  });
}

/** What becomes of a newcomer from `address` who has a good token: "in", or the status that keeps him out. */
function enter(address, name) {
  const socket = connect(port, "127.0.0.1");
  return new Promise((resolve, reject) => {
    let said = "";
    socket.on("data", (bytes) => {
      said += bytes.toString("latin1");
      const status = /^HTTP\/1\.1 (\d+)/.exec(said)?.[1];
      if (status && status !== "101") resolve(status);
      else if (said.includes("[33,")) resolve("in");
      else return;
      socket.destroy();
    });
    socket.on("error", reject);
    socket.on("close", () => reject(new Error(`closed after: ${said}`)));
    socket.write(upgradeRequest(`X-Forwarded-For: ${address}\r\n`));
    socket.write(frame(`[1,1,0,0,{"token":"${tokenFor(name, "chat-*")}"}]`));
  });
}

test("F-N13 newcomers get in beside more IPv6 networks than the server remembers", async () => {
  const all = Array.from({ length: crowdSize }, (_, n) => spread(n));
  const share = Math.ceil(crowdSize / sockets);
  const parts = Array.from({ length: sockets }, (_, n) => all.slice(n * share, (n + 1) * share));
  const counts = await within(2 * kPatienceMs, Promise.all(parts.map(attempts)), "the crowd to be answered");
  for (const each of counts) assert.deepEqual(Object.keys(each), ["401"], "each of them asks once, and waits for nobody");
  // While another crowd comes, of addresses that are new as well.
  const more = attempts(Array.from({ length: share }, (_, n) => spread(crowdSize + n)));
  for (let n = 0; n < 20; n += 1) assert.equal(await enter(`2001:db8:ff:${n.toString(16)}::1`, `ann-${n}`), "in");
  const direct = await fetch(`${server.url}/api/v1/openapi.json`, { headers: { "X-Forwarded-For": "2001:db8:fe::1" } });
  assert.equal(direct.status, 200);
  assert.equal(await enter("192.0.2.1", "bob"), "in");
  assert.deepEqual(Object.keys(await within(2 * kPatienceMs, more, "the second crowd")), ["401"]);
});

test("F-N13 one /48 that tries tokens from each of its networks is stopped, and its neighbour is not", async () => {
  const most = sharePerNetwork * failuresMax;
  const crowd = Array.from({ length: 4 * most }, (_, n) => `2001:db8:1:${n.toString(16)}::1`);
  const { 401: tried, 429: stopped } = await attempts(crowd);
  assert.ok(tried >= most && tried < crowd.length, `${tried} were looked at`);
  assert.equal(tried + stopped, crowd.length);
  assert.equal(await enter("2001:db8:2::1", "carol"), "in");
});
