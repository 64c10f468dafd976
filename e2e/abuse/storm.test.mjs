// a server dies under its clients and comes back, and all of them come at once. How long a login takes then is measured
// apart, by a load generator that is no slower than the server.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { kPatienceMs } from "../../tests/patience.mjs";
import { freePort, programs, Server, scratch } from "../crash/parts/server.mjs";
import { within } from "../crash/parts/waiting.mjs";
import { signingSecret, tokenFor } from "./parts/tokens.mjs";
import { connectFrom, frame, upgradeRequest } from "./parts/wire.mjs";

const isWhole = process.env.DIALOGUE_RELIABILITY === "full";
const clientCount = isWhole ? 9_000 : 300;
const atOnceCount = isWhole ? 2_000 : clientCount; // a second's worth of what R-20 asks for
const loginMs = 1000;
const usPerMs = 1000;
const msPerSecond = 1000;
const app = fileURLToPath(new URL("app.json", import.meta.url));

const directory = scratch("storm");
after(directory.remove);

/** A server that has started; it ends with the test at the latest. */
async function serverWith(context, ...args) {
  const server = new Server({
    app,
    directory: directory.path,
    port: await freePort(),
    args: ["--auth-hs256-env", "ABUSE_SECRET", ...args],
    env: { ABUSE_SECRET: signingSecret },
  });
  context.after(() => server.kill());
  await server.start();
  return server;
}

/** A client of `room` that takes up its position where it has one; resolves when it has joined. */
class Returning {
  epoch = 0;
  head = 0;

  constructor(index) {
    this.index = index;
    this.token = tokenFor(`user-${index}`, "chat-*");
  }

  async enter(port) {
    const socket = connectFrom(port, `198.18.${this.index % 250}.${1 + Math.floor(this.index / 250)}`);
    this.socket = socket;
    let said = "";
    const heard = (pattern) =>
      new Promise((resolve, reject) => {
        const look = (bytes) => {
          said += bytes.toString("latin1");
          const found = pattern.exec(said);
          if (!found) return;
          socket.off("data", look);
          said = "";
          resolve(found);
        };
        socket.on("data", look);
        socket.once("error", reject);
        socket.once("close", () => reject(new Error(`closed after: ${said}`)));
      });
    socket.write(upgradeRequest());
    await heard(/^HTTP\/1.1 101 /);
    const join = `[2,1,${this.epoch ? 2 : 0},${this.epoch},${this.head},"chat-${this.index % 100}",{}]`;
    socket.write(frame(`[1,1,0,0,{"token":"${this.token}"}]\n${join}`));
    const [, epoch, head, recovered] = await heard(/\[34,1,\d+,(\d+),\d+,(\d+),(\d)/);
    Object.assign(this, { epoch: Number(epoch), head: Number(head), recovered });
  }
}

test(`R-20 ${clientCount} clients of a server that was killed reconnect simultaneously, and all are served`, async (context) => {
  const server = await serverWith(context, "--proxy-protocol", "--trusted-proxy", "127.0.0.1");
  const port = Number(new URL(server.url).port);
  const clients = Array.from({ length: clientCount }, (_, index) => new Returning(index));
  for (let at = 0; at < clients.length; at += 100)
    await Promise.all(clients.slice(at, at + 100).map((client) => client.enter(port)));

  const gone = clients.map(({ socket }) => {
    socket.on("error", () => {});
    return once(socket, "close");
  });
  await server.kill();
  await Promise.all(gone);
  await server.start();

  const began = performance.now();
  const times = [];
  const back = clients.map(async (client) => {
    const mine = performance.now();
    await client.enter(port);
    times.push(performance.now() - mine);
    assert.equal(client.recovered, "1");
  });
  await within(kPatienceMs, Promise.all(back), "all to be back");
  times.sort((a, b) => a - b);
  const seconds = (ms) => `${(ms / msPerSecond).toFixed(2)} s`;
  const p99 = times[Math.floor(times.length * 0.99)];
  console.log(`${clientCount} clients are back after ${seconds(performance.now() - began)}; one takes ${seconds(p99)} (p99)`);
  for (const { socket } of clients) socket.destroy();
  assert.equal((await server.stop()).code, 0);
});

test(`R-20 ${clientCount} logins, ${atOnceCount} concurrently, each with a token to verify: within a second`, async (context) => {
  const server = await serverWith(context, "--connections-per-user", "0");
  const [room, count, atOnce] = ["chat-{id}", String(clientCount), String(atOnceCount)];
  const run = promisify(execFile)(programs.dialogue, [
    ...["bench", server.url.replace("http", "ws"), "--json", "--idle", "--token", tokenFor("everybody", "chat-*")],
    ...["--clients", count, "--connect-at-once", atOnce, "--rooms", "100", "--room-pattern", room],
  ]);
  run.child.stdin.end(); // it leaves when all have joined
  const { stdout } = await run;
  const { connectUs, reconnects } = JSON.parse(stdout);
  assert.equal(reconnects, 0);
  const p99 = connectUs.p99 / usPerMs;
  console.log(
    `${clientCount} logins, ${atOnceCount} at once: one takes ${p99.toFixed(0)} ms (p99), connecting and joining included`,
  );
  if (isWhole) assert.ok(p99 <= loginMs, `p99 ${p99} ms`);
  assert.equal((await server.stop()).code, 0);
});
