// A restart as its operator sees it: clients come back in assigned slots, nothing is lost or repeated, and a receipt says so.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join as path } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { kPatienceMs } from "../../../patience.mjs";
import { FrameClient, frames } from "../support/frame_client.mjs";
import { directoryOf, root, run, Server } from "../support/program.mjs";

const { createDialogueClient } = await import(pathToFileURL(path(root, "js", "dist", "index.js")));
const { WebSocket } = createRequire(path(root, "js", "package.json"))("ws");

const app = {
  events: { message: { schema: { type: "string" } } },
  rooms: { chat: { name: "Chat", events: ["message"], retention: { maxEvents: 100_000 } } },
};
const key = "drain read 0123456789abcdef0123456789abcdef";
const env = { RECEIPT_KEYS: key, RECEIPT_KEY: key.split(" ")[2] };
const slots = { spreadMs: 2000, pauseMs: 1500, complete: true };

/** Resolves when `holds()` is true after one of the calls of `wake`. */
function condition() {
  let check = () => undefined;
  return {
    wake: () => check(),
    until: (holds, what) =>
      new Promise((resolve, reject) => {
        const late = setTimeout(() => reject(new Error(`it never came: ${what()}`)), kPatienceMs);
        check = () => {
          if (!holds()) return;
          clearTimeout(late);
          resolve();
        };
        check();
      }),
  };
}

function place() {
  const directory = directoryOf({ "app.json": app });
  const store = path(directory, "rooms.db");
  const args = [path(directory, "app.json"), "--store", `sqlite:${store}`, "--api-key-env", "RECEIPT_KEYS"];
  return { store, serve: (...more) => Server.start([...args, ...more], { env }) };
}

const receiptOf = async (url) => {
  const answer = await fetch(`${url}/api/v1/drain`, { headers: { authorization: `Bearer ${env.RECEIPT_KEY}` } });
  return { status: answer.status, ...(await answer.json()) };
};

test("P-45 300 clients under load survive a restart: nothing is lost or repeated, and the receipt is complete", async () => {
  const kClients = 300;
  const kPublishers = 5;
  const { serve } = place();
  const first = await serve("--listen", "127.0.0.1:0", "--drain-ms", "2000", "--drain-pause-ms", "1500");
  assert.equal((await receiptOf(first.url)).status, 404);
  const { wake, until } = condition();
  const sent = new Set();
  const members = [];
  for (let i = 0; i < kClients; ++i) {
    const client = createDialogueClient({ url: first.url, auth: { userId: `user${i}` }, WebSocket, transports: ["websocket"] });
    const member = { client, room: client.room("chat"), seen: [], connections: 0 };
    client.on("state", (state) => {
      member.connections += state === "connected" ? 1 : 0;
      wake();
    });
    member.room.on("message", ({ data }) => {
      member.seen.push(data);
      wake();
    });
    members.push(member);
  }
  await Promise.all(members.map(({ room }) => room.join()));
  let publishing = true;
  const publishers = members.slice(0, kPublishers).map(async ({ room }, from) => {
    for (let n = 0; publishing; ++n) {
      await room.trigger("message", `${from}-${n}`);
      sent.add(`${from}-${n}`);
    }
  });
  await until(
    () => sent.size > 20,
    () => `${sent.size} publications`,
  );
  const { url, port } = first;
  assert.deepEqual(await first.stop(), [0, null]);
  const [logged] = first.lines.filter((line) => line.includes("drain_receipt")).map((line) => JSON.parse(line));
  assert.equal(logged.notified, kClients);
  assert.equal(logged.resumable, kClients);
  assert.equal(logged.cut, 0);

  const second = await serve("--listen", `127.0.0.1:${port}`);
  await until(
    () => members.every(({ connections }) => connections === 2),
    () => `${members.filter(({ connections }) => connections === 2).length} came back`,
  );
  const before = sent.size;
  await until(
    () => sent.size > before + 20,
    () => `${sent.size} publications, ${before} before`,
  );
  publishing = false;
  await Promise.all(publishers);
  await until(
    () => members.every(({ seen }) => seen.length >= sent.size),
    () => `${sent.size} sent, ${members.map(({ seen }) => seen.length)} seen`,
  );
  for (const { seen } of members) {
    assert.equal(seen.length, sent.size);
    assert.deepEqual(new Set(seen), sent);
  }
  await second.printed(/drain_completed/);
  const { status, gapMsMax, ...receipt } = await receiptOf(url);
  assert.equal(status, 200);
  assert.ok(gapMsMax >= 1500, `${gapMsMax} ms`);
  const { notified, resumable, resumed, rooms, lost, repeated, spreadMs, pauseMs, complete } = receipt;
  assert.deepEqual(
    { notified, resumable, resumed, rooms, lost, repeated, spreadMs, pauseMs, complete },
    { ...{ notified: kClients, resumable: kClients, resumed: kClients, rooms: kClients, lost: 0, repeated: 0 }, ...slots },
  );
  const shown = run(["drain", url, "--key-env", "RECEIPT_KEY"], { env });
  assert.equal(shown.status, 0, shown.stderr);
  assert.match(shown.stdout, /^sessions notified +300$/m);
  assert.match(shown.stdout, /^sessions resumed +300$/m);
  assert.match(shown.stdout, /^joins that miss events +0$/m);
  assert.deepEqual(JSON.parse(run(["drain", url, "--key-env", "RECEIPT_KEY", "--json"], { env }).stdout).resumed, kClients);
  for (const { client } of members) client.close();
  assert.deepEqual(await second.stop(), [0, null]);
});

test("P-45 each client has a slot of its own, at the rate of the settings", async () => {
  const kClients = 40;
  const { store, serve } = place();
  const settings = ["--drain-rate", "20", "--drain-pause-ms", "700", "--drain-ms", "100", "--shards", "2"];
  const server = await serve("--listen", "127.0.0.1:0", ...settings);
  const clients = [];
  for (let i = 0; i < kClients; ++i) {
    clients.push(await FrameClient.connect(server.url));
    await clients.at(-1).greet(`user${i}`, "p");
  }
  const ended = server.stop();
  const waits = [];
  for (const client of clients) waits.push((await client.hear(frames.bye))[2]);
  for (const client of clients) client.terminate();
  assert.deepEqual(await ended, [0, null]);
  waits.sort((a, b) => a - b);
  assert.ok(waits[0] >= 700 && waits.at(-1) <= 2700, `${waits}`); // 40 clients at 20 a second: 2 s after the pause
  for (let from = 700; from < 2700; from += 500) {
    const inPart = waits.filter((wait) => wait >= from && wait < from + 500).length;
    assert.ok(inPart >= 8 && inPart <= 12, `${inPart} of ${kClients} in the half second from ${from}: ${waits}`);
  }
  assert.ok(existsSync(`${store}-drain`));
});

test("drain reports a missing receipt, and exits with 1", async () => {
  const { serve } = place();
  const server = await serve("--listen", "127.0.0.1:0");
  const none = run(["drain", server.url, "--key-env", "RECEIPT_KEY"], { env });
  assert.equal(none.status, 1);
  assert.match(none.stderr, /no receipt/);
  const refused = run(["drain", server.url]);
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /401/);
  assert.match(run(["drain", server.url, "--key-env", "NO_SUCH"]).stderr, /--key-env NO_SUCH/);
  await server.stop();
  assert.equal(run(["drain", server.url]).status, 1);
});
