// A proxy that breaks connections as bad networks do, by a seed: each has so many bytes of requests and of responses to live.
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { after } from "node:test";

// What a failed test has left open would keep its file from ending.
const open = new Set();
after(() => {
  for (const proxy of open) proxy.close();
});

/** Numbers below `bound`, the same for the same seed (mulberry32). */
export function chance(seed) {
  let state = seed;
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
}

/**
 * `plan()` gives for each connection `{up, down, lifetimeMs}`: after so many bytes towards the server or from it, or after this
 * time, both sides are reset; what is left out never ends it. `resetAll()` resets what is open, and at least one connection.
 * Resolves to `{url, connections, cut, resetAll(), close()}`.
 */
export async function lossyProxy(target, plan) {
  const sockets = new Set();
  const ends = new Set();
  const proxy = { connections: 0, cut: 0 };
  const server = createServer((client) => {
    const { up = Number.POSITIVE_INFINITY, down = Number.POSITIVE_INFINITY, lifetimeMs } = plan();
    const upstream = connect(target, "127.0.0.1");
    proxy.connections += 1;
    const end = (isCut) => {
      if (client.destroyed && upstream.destroyed) return;
      if (isCut) proxy.cut += 1;
      client.destroy();
      upstream.destroy();
    };
    ends.add(end);
    const timer = lifetimeMs && setTimeout(() => end(true), lifetimeMs);
    const pass = (from, to, left) => {
      from.on("data", (bytes) => {
        to.write(bytes.subarray(0, left));
        left -= bytes.length;
        if (left <= 0) setImmediate(() => end(true));
      });
      from.on("error", () => end(false));
      from.on("close", () => {
        ends.delete(end);
        clearTimeout(timer);
        sockets.delete(from);
        to.end();
      });
      sockets.add(from);
    };
    pass(client, upstream, up);
    pass(upstream, client, down);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  proxy.url = `http://127.0.0.1:${server.address().port}`;
  proxy.resetAll = async () => {
    while (ends.size === 0) await once(server, "connection");
    for (const end of ends) end(true);
  };
  proxy.close = () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  open.add(proxy);
  return proxy;
}
