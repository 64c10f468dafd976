// Clients of a trusted proxy that is not on this machine: each has the places of its own address, at every door.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import { kPatienceMs } from "../../patience.mjs";
import { serve } from "./support/push_kit.mjs";

const kProxy = "10.0.0.5";
const kPlaces = 3;
const trust = ["--proxy-protocol", "--trusted-proxy", "127.0.0.1", "--trusted-proxy", kProxy];
let server;
const sockets = new Set();

before(async () => {
  server = await serve([...trust, "--connections-per-address", String(kPlaces), "--dev"]);
});
after(async () => {
  for (const socket of sockets) socket.destroy();
  await server.stop();
});

/** A connection of the proxy's: `ask` sends a request in the name of `client`, and resolves to the head of the answer. */
async function upstream() {
  const socket = connect(server.port, "127.0.0.1");
  sockets.add(socket);
  socket.on("error", () => undefined);
  await once(socket, "connect");
  socket.write(`PROXY TCP4 ${kProxy} 203.0.113.1 40000 80\r\n`);
  let text = "";
  socket.setEncoding("utf8").on("data", (piece) => {
    text += piece;
  });
  const send = (client, method, path, fields = "", body = "") => {
    text = "";
    const length = method === "POST" ? `Content-Length: ${body.length}\r\nContent-Type: text/plain\r\n` : "";
    socket.write(`${method} ${path} HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: ${client}\r\n${length}${fields}\r\n${body}`);
  };
  const answer = async () => {
    const ends = AbortSignal.timeout(kPatienceMs);
    while (!text.includes("\r\n\r\n")) await once(socket, "data", { signal: ends });
    return Number(text.split(" ")[1]);
  };
  const ask = (...request) => {
    send(...request);
    return answer();
  };
  return { send, ask, answer, text: () => text, leave: () => socket.destroy() };
}

const webSocket = [
  ["Connection", "Upgrade"],
  ["Upgrade", "websocket"],
  ["Sec-WebSocket-Version", "13"],
  ["Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA=="],
]
  .map(([name, value]) => `${name}: ${value}\r\n`)
  .join("");

/** Begins a session by requests, and returns its id. */
async function session(client) {
  const proxy = await upstream();
  const body = `${JSON.stringify({ open: randomUUID() })}\n[1,1,0,0,{}]`;
  assert.equal(await proxy.ask(client, "POST", "/dialogue/send", "Connection: close\r\n", body), 200);
  const id = /"session":"([^"]+)"/.exec(proxy.text())[1];
  proxy.leave();
  return id;
}

/** Each holds its door open, and resolves to the status; 0: it waits for its answer. */
const doors = {
  "a kept connection": async (client) => (await upstream()).ask(client, "GET", "/health"),
  "a push stream": async (client) => (await upstream()).ask(client, "GET", "/events?rooms=news"),
  "a WebSocket": async (client) => (await upstream()).ask(client, "GET", "/dialogue", webSocket),
  "a stream": async (client) => {
    const body = JSON.stringify({ session: await session(client), have: 0 });
    return (await upstream()).ask(client, "POST", "/dialogue/stream", "", body);
  },
  "a parked poll": async (client) => {
    const id = await session(client);
    const proxy = await upstream();
    assert.equal(await proxy.ask(client, "POST", "/dialogue/poll", "", JSON.stringify({ session: id, have: 0 })), 200);
    proxy.send(client, "POST", "/dialogue/poll", "", JSON.stringify({ session: id, have: 1, hold: 20_000 }));
    return proxy;
  },
};

let next = 1;
for (const [name, open] of Object.entries(doors))
  test(`F-H2 twice as many clients as a proxy has places each have ${name}`, async () => {
    const parked = [];
    for (let i = 0; i < 2 * kPlaces; ++i) {
      const opened = await open(`203.0.113.${next++}`);
      if (typeof opened === "number") assert.equal(opened, name === "a WebSocket" ? 101 : 200);
      else parked.push(opened);
    }
    assert.equal(await (await upstream()).ask("203.0.113.250", "GET", "/health"), 200);
    for (const proxy of parked) assert.equal(proxy.text(), "");
  });

test("a client beyond its places is refused, whichever connection of the proxy it comes by, and has them back", async () => {
  const client = "198.51.100.1";
  const held = [];
  for (let i = 0; i < kPlaces; ++i) {
    held.push(await upstream());
    assert.equal(await held[i].ask(client, "GET", "/events?rooms=news"), 200);
  }
  for (const path of ["/health", "/events?rooms=news", "/dialogue"])
    assert.equal(await (await upstream()).ask(client, "GET", path, path === "/dialogue" ? webSocket : ""), 429, path);
  const kept = await upstream();
  for (let i = 0; i < 3 * kPlaces; ++i) assert.equal(await kept.ask(`198.51.100.${2 + (i % 2)}`, "GET", "/health"), 200);
  held[0].leave();
  const deadline = AbortSignal.timeout(kPatienceMs);
  while ((await (await upstream()).ask(client, "GET", "/health", "Connection: close\r\n")) !== 200) deadline.throwIfAborted();
});
