// The packed client against the server, through networks that break WebSocket or streams: it is connected by what works, says
// why, and loses, repeats and reorders nothing when it changes.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { kPatienceMs } from "../../patience.mjs";
import { breakingProxy } from "./support/breaking_proxy.mjs";
import { chance, lossyProxy } from "./support/lossy_proxy.mjs";
import { directoryOf, root } from "./support/program.mjs";
import { publish, serve, tokenFor } from "./support/push_kit.mjs";

// The page's events, as a browser says them.
const page = new EventTarget();
globalThis.addEventListener = page.addEventListener.bind(page);
globalThis.removeEventListener = page.removeEventListener.bind(page);
const { createDialogueClient } = await import(pathToFileURL(join(root, "js", "dist", "index.js")));
const { WebSocket } = createRequire(join(root, "js", "package.json"))("ws");

/** A client, its transport events, and its failures to connect. */
function clientOf(url, options = {}) {
  const client = createDialogueClient({ url, auth: { userId: "ann" }, WebSocket, ...options });
  const changes = [];
  const failures = [];
  const states = [];
  client.on("transport", (change) => changes.push(change));
  client.on("connect_error", (failure) => failures.push(failure));
  client.on("state", (state) => states.push(state));
  return { client, changes, failures, states };
}

/** Resolves when `event` of the client says what `is` looks for. */
function when(client, event, is) {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`${event} did not come`)), kPatienceMs);
    const off = client.on(event, (value) => {
      if (!is(value)) return;
      clearTimeout(late);
      off();
      resolve(value);
    });
  });
}
const connected = (client) => client.state === "connected" || when(client, "state", (state) => state === "connected");

/** The room `news` as a member sees it: sequences and data, and the wait for so many of them. */
async function member(client, options) {
  const room = client.room("news");
  const seen = [];
  let wake = () => undefined;
  room.on("message", ({ seq, data }) => {
    seen.push({ seq, data });
    wake();
  });
  await room.join(options);
  const until = async (count) => {
    const late = AbortSignal.timeout(kPatienceMs);
    while (seen.length < count) {
      const news = new Promise((resolve) => {
        wake = resolve;
      });
      const patience = new Promise((_, reject) => late.addEventListener("abort", () => reject(new Error(`${seen.length} came`))));
      await Promise.race([news, patience]);
    }
    return seen;
  };
  return { room, seen, until };
}
const inOrder = (seen) =>
  assert.deepEqual(
    seen.map(({ seq }) => seq),
    Array.from(seen, (_, i) => i + 1),
  );

// What a proxy does to a WebSocket and to responses, what the client then uses, and why not what comes before.
const cases = [
  [{ webSocket: "reset" }, "stream", ["websocket unreachable"]],
  [{ webSocket: "200" }, "stream", ["websocket unreachable"]],
  [{ webSocket: "101 then nothing" }, "stream", ["websocket silent"]],
  [{ webSocket: "hold all" }, "stream", ["websocket silent"]],
  [{ webSocket: "reset", http: { stream: "buffer" } }, "polling", ["websocket unreachable", "stream silent"]],
  [{ webSocket: "reset", http: { stream: "hold all" } }, "polling", ["websocket unreachable", "stream silent"]],
  [{ webSocket: "reset", http: { stream: "200 then close" } }, "polling", ["websocket unreachable", "stream ended"]],
  [{ webSocket: "reset", http: { stream: "html" } }, "polling", ["websocket unreachable", "stream malformed"]],
  [{ webSocket: "reset", http: { stream: "503" } }, "polling", ["websocket unreachable", "stream status 503"]],
  [{ webSocket: "101 then nothing", http: { stream: "buffer" } }, "polling", ["stream silent", "websocket silent"]],
];
for (const [modes, transport, why] of cases)
  test(`R-17 WebSocket ${modes.webSocket}, streams ${modes.http?.stream ?? "pass"}: ${transport}, and why`, async () => {
    const server = await serve();
    const proxy = await breakingProxy(server.port, modes);
    const { client, changes } = clientOf(proxy.url);
    const { room, seen, until } = await member(client);
    assert.equal(client.transport, transport);
    const [{ previous, reason, attempts }] = changes;
    assert.deepEqual([previous, reason], [null, "fallback"]);
    assert.deepEqual(
      attempts.map((each) => `${each.transport} ${each.reason}`),
      why,
    );
    for (let i = 1; i <= 20; ++i) await room.trigger("message", i);
    inOrder(await until(20));
    assert.ok(seen.every(({ seq, data }) => seq === data));
    client.close();
    proxy.close();
    await server.stop();
  });

test("F-C34 debug prints what goes over HTTP too, and why it does", async () => {
  const server = await serve();
  const proxy = await breakingProxy(server.port, { webSocket: "reset" });
  const lines = [];
  const { client } = clientOf(proxy.url, { debug: (line) => lines.push(line) });
  const { room, until } = await member(client);
  await room.trigger("message", "a secret");
  await until(1);
  client.close();
  const text = lines.join("\n");
  for (const pattern of [
    /ms transport stream \(fallback\); websocket unreachable after \d+ ms$/m,
    /ms → JOIN "news" from now on$/m,
    /ms → PUBLISH "message" in "news"/,
    /ms ← EVENT "message" 1 in "news" from ann$/m,
  ])
    assert.match(text, pattern);
  assert.doesNotMatch(text, /secret/);
  proxy.close();
  await server.stop();
});

test("P-23 a WebSocket whose first message is held until the second one is a WebSocket all the same", async () => {
  const server = await serve();
  const proxy = await breakingProxy(server.port, { webSocket: "hold first" });
  const { client } = clientOf(proxy.url);
  const { room, until } = await member(client);
  await Promise.all(Array.from({ length: 20 }, (_, i) => room.trigger("message", i)));
  inOrder(await until(20));
  client.close();
  proxy.close();
  await server.stop();
});

test("a server that refuses the user is not tried over the next transport", async () => {
  const server = await serve(["--auth-hs256-env", "SECRET"]);
  for (const modes of [{}, { webSocket: "reset" }]) {
    const proxy = await breakingProxy(server.port, modes);
    const { client, states } = clientOf(proxy.url, { auth: { token: "not.a.token" } });
    const refused = when(client, "error", ({ code }) => code === "token_invalid" || code === "unauthorized");
    await refused;
    assert.equal(client.state, "closed");
    assert.deepEqual(states, ["closed"]);
    assert.deepEqual(
      proxy.asked.filter((what) => what === "polling"),
      [],
    );
    if (!modes.webSocket) assert.deepEqual(proxy.asked, ["websocket"]);
    proxy.close();
  }
  await server.stop();
});

test("P-38 requests carry cookies to their own origin only, need no preflight, and their addresses no secret", async () => {
  const server = await serve(["--auth-hs256-env", "SECRET"]);
  const asked = [];
  const { fetch } = globalThis;
  globalThis.fetch = (url, init) => {
    asked.push({ url: `${url}`, init });
    return fetch(url, init);
  };
  const token = tokenFor("ann");
  const { client } = clientOf(server.url, { transports: ["stream", "polling"], auth: { token } });
  const { room, until } = await member(client);
  await room.trigger("message", 1);
  await until(1);
  client.close();
  globalThis.fetch = fetch;
  assert.ok(asked.length >= 3, `${asked.length} requests`);
  for (const { url, init } of asked) {
    assert.match(url, /\/dialogue\/(stream|send)$/);
    assert.deepEqual(
      [init.method, init.credentials, init.headers, typeof init.body],
      ["POST", "same-origin", undefined, "string"],
    );
  }
  await server.stop();
});

for (const http of ["503", "html", "200 then close"])
  test(`P-35 if every request gets ${http}, each attempt is counted, has a reason, and is followed by a pause`, async () => {
    const server = await serve();
    const proxy = await breakingProxy(server.port, { webSocket: "reset", http });
    const { client, failures } = clientOf(proxy.url);
    await when(client, "connect_error", ({ attempt }) => attempt === 4);
    const last = failures.at(-1);
    assert.deepEqual(
      last.attempts.map(({ transport }) => transport),
      ["websocket", "stream", "polling"],
    );
    assert.ok(proxy.asked.length <= 4 * 5, `${proxy.asked.length} requests in 4 attempts`); // an opening is repeated once
    assert.ok(failures.every(({ retryAt }) => retryAt > 0));
    client.close();
    proxy.close();
    await server.stop();
  });

for (const transports of [["stream"], ["polling"], ["stream", "polling"]])
  test(`by ${transports.join(" and ")}, over a network that cuts anywhere, each event comes once and in order`, async () => {
    const server = await serve(["--shards", "2"]);
    const next = chance(11);
    const proxy = await lossyProxy(server.port, () => {
      const fate = next(4);
      return fate === 0 ? { up: 1 + next(600) } : { down: 1 + next(6000) }; // requests share connections
    });
    const { client } = clientOf(proxy.url, { transports });
    const { room, until } = await member(client);
    const kEvents = 60;
    const receipts = [];
    for (let i = 1; i <= kEvents; ++i) {
      receipts.push(room.trigger("message", { from: "ann", i }));
      await publish(server, "news", { from: "bob", i });
    }
    await Promise.all(receipts);
    const seen = await until(2 * kEvents);
    inOrder(seen);
    for (const from of ["ann", "bob"])
      assert.deepEqual(
        seen.filter(({ data }) => data.from === from).map(({ data }) => data.i),
        Array.from({ length: kEvents }, (_, i) => i + 1),
      );
    assert.ok(proxy.cut >= 5, `${proxy.cut} of ${proxy.connections} connections were cut`);
    client.close();
    proxy.close();
    await server.stop();
  });

for (const transport of ["stream", "polling"])
  test(`P-40 by ${transport}, the application does not notice a proxy that ends each connection after an event`, async () => {
    const server = await serve();
    const proxy = await lossyProxy(server.port, () => ({}));
    const { client, changes, states } = clientOf(proxy.url, { transports: [transport] });
    const { until } = await member(client);
    for (let i = 1; i <= 6; ++i) {
      await publish(server, "news", i);
      await until(i);
      await proxy.resetAll();
    }
    inOrder(await until(6));
    assert.ok(proxy.cut >= 6);
    assert.deepEqual(states, ["connected"]);
    assert.equal(changes.length, 1);
    client.close();
    proxy.close();
    await server.stop();
  });

for (const transport of ["websocket", "stream"])
  test(`P-40 by ${transport}, if a proxy ends connections at the same age, the client moves before`, async () => {
    const server = await serve(["--shards", "2"]);
    const proxy = await breakingProxy(server.port, { webSocket: "6 s", http: { stream: "6 s" } });
    const { client, changes, states } = clientOf(proxy.url, { transports: [transport] });
    const { room, until } = await member(client);
    const late = AbortSignal.timeout(kPatienceMs);
    let published = 0;
    const talkUntil = async (isEnough) => {
      while (!isEnough()) {
        assert.ok(!late.aborted, `${proxy.asked.length} connections, ${proxy.expired} cut`);
        await Promise.all([room.trigger("message", "own"), publish(server, "news", "other")]);
        published += 2;
        await until(published);
      }
    };
    const connections = () => proxy.asked.filter((what) => what === transport).length;
    // One more than those that were cut and the one that there is: it has learned. That it is early enough is settled without a
    // clock in js/test/fallback/renewal.test.ts; here nothing is cut any more, so that only a client that renews comes again.
    await talkUntil(() => proxy.expired >= 2 && connections() > proxy.expired + 1 && client.state === "connected");
    proxy.cutsOld = false;
    const [learned, heard] = [connections(), states.length + changes.length];
    await talkUntil(() => connections() >= learned + 4);
    inOrder(await until(published));
    assert.equal(states.length + changes.length, heard, "the application is not notified");
    client.close();
    proxy.close();
    await server.stop();
  });

for (const transport of ["stream", "polling"])
  test(`by ${transport}, a member continues over kill -9 of the server`, async () => {
    const store = ["--store", `sqlite:${join(directoryOf({}), "adaptive.db")}`];
    let server = await serve(store);
    const proxy = { url: server.url, port: server.port };
    const { client } = clientOf(proxy.url, { transports: [transport] });
    const { room, until } = await member(client);
    for (let i = 1; i <= 3; ++i) await room.trigger("message", i);
    await until(3);
    await server.stop("SIGKILL");
    const waiting = room.trigger("message", 4);
    server = await serve([...store, "--listen", `127.0.0.1:${proxy.port}`]);
    await waiting;
    await room.trigger("message", 5);
    inOrder(await until(5));
    client.close();
    await server.stop();
  });

test("P-18 a server that restarts while a page loads is not remembered as a network that breaks WebSocket", async () => {
  let server = await serve();
  const { port } = server;
  await server.stop();
  const { client, failures } = clientOf(`http://127.0.0.1:${port}`);
  await when(client, "connect_error", ({ attempt }) => attempt === 3);
  assert.ok(failures.some(({ attempts }) => attempts?.some(({ transport }) => transport === "stream")));
  server = await serve(["--listen", `127.0.0.1:${port}`]);
  await connected(client);
  if (client.transport !== "websocket") {
    page.dispatchEvent(new Event("online")); // instead of waiting for the next probe
    await when(client, "transport", ({ transport }) => transport === "websocket");
  }
  client.disconnect();
  client.connect();
  const again = await when(client, "transport", ({ transport }) => transport);
  assert.deepEqual([again.transport, again.reason], ["websocket", "preferred"]);
  client.close();
  await server.stop();
});

test("R-17 a client that is moved to WebSocket and off it again loses, repeats and reorders nothing", async () => {
  const server = await serve(["--shards", "2"]);
  const proxy = await breakingProxy(server.port, { webSocket: "reset" });
  const { client, changes, states } = clientOf(proxy.url);
  const { room, until } = await member(client);
  assert.equal(client.transport, "stream");
  let isOver = false;
  let count = 0;
  const publishing = (async () => {
    while (!isOver) {
      count += 2;
      await Promise.all([room.trigger("message", "own"), publish(server, "news", "other")]);
    }
  })();
  const kMoves = 3;
  for (let i = 0; i < kMoves; ++i) {
    proxy.webSocket = "pass";
    const moved = when(client, "transport", ({ transport }) => transport === "websocket");
    page.dispatchEvent(new Event("online"));
    const { previous, reason } = await moved;
    assert.deepEqual([previous, reason], ["stream", "moved"]);
    assert.deepEqual(states, i ? states.slice(0, 1 + 2 * i) : ["connected"], "a move is no state");
    await until(count);
    proxy.webSocket = "reset";
    const back = when(client, "transport", ({ transport }) => transport === "stream");
    proxy.cut();
    await back;
    await until(count);
  }
  isOver = true;
  await publishing;
  inOrder(await until(count));
  assert.equal(changes.filter(({ reason }) => reason === "moved").length, kMoves);
  client.close();
  proxy.close();
  await server.stop();
});

test("P-23 a WebSocket that opens and answers nothing does not take the connection over HTTP away for long", async () => {
  const server = await serve();
  const proxy = await breakingProxy(server.port, { webSocket: "hold all" });
  const { client } = clientOf(proxy.url);
  const { room, until } = await member(client);
  assert.equal(client.transport, "stream");
  page.dispatchEvent(new Event("online")); // its HELLO replaces the session, and its WELCOME does not come
  for (let i = 1; i <= 10; ++i) await room.trigger("message", i);
  inOrder(await until(10));
  client.close();
  proxy.close();
  await server.stop();
});
