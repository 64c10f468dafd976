// A proxy that breaks WebSocket and streams as proxies and antivirus programs do.
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, request } from "node:http";
import { connect } from "node:net";
import { after } from "node:test";

const kMagic = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"; // RFC 6455, section 1.3

// What a failed test has left open would keep its file from ending.
const open = new Set();
after(() => {
  for (const proxy of open) proxy.close();
});

const kLifetimeMs = 6000;
const kCutAt = 700;

const head = (status, ...fields) => [`HTTP/1.1 ${status}`, ...fields, "", ""].join("\r\n");

/**
 * Cuts a connection by RST. One that is ending already is destroyed: Node refuses to reset a socket that waits for its
 * shutdown, keeps its handle, and then never ends.
 */
const reset = (socket) => (socket.writableEnded ? socket.destroy() : socket.resetAndDestroy());

/** What becomes of a WebSocket: { socket, incoming, onward, expire }. */
const webSockets = {
  pass: ({ socket, onward }) => onward(socket),
  /** The connection is cut. */
  reset: ({ socket }) => reset(socket),
  /** A page instead of the handshake. */
  200: ({ socket }) => socket.end(`${head("200 OK", "Content-Type: text/html", "Content-Length: 2", "Connection: close")}hi`),
  /** The handshake is answered by the proxy, and nothing is carried. */
  "101 then nothing": ({ socket, incoming }) => {
    const accept = createHash("sha1").update(`${incoming.headers["sec-websocket-key"]}${kMagic}`).digest("base64");
    const protocol = incoming.headers["sec-websocket-protocol"].split(/, ?/)[0];
    const fields = [`Sec-WebSocket-Accept: ${accept}`, `Sec-WebSocket-Protocol: ${protocol}`];
    socket.write(head("101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade", ...fields));
    socket.resume();
  },
  /** Each message of the server waits for the next one. */
  "hold first": ({ socket, onward }) => onward(socket, (first, held) => (first ? held : Buffer.alloc(0))),
  /** Nothing of the server's messages comes. */
  "hold all": ({ socket, onward }) => onward(socket, () => Buffer.alloc(0)),
  /** The connection is cut at this age, however busy it is. */
  "6 s": ({ socket, onward, expire }) => {
    onward(socket);
    expire(socket);
  },
};

/** What becomes of a response: (answer, response, expire). */
const responses = {
  pass: (answer, response) => {
    response.writeHead(answer.statusCode, answer.headers);
    response.flushHeaders();
    answer.pipe(response);
  },
  /** It comes when it is complete. */
  buffer: (answer, response) => {
    const parts = [];
    answer.on("data", (part) => parts.push(part));
    answer.on("end", () => response.writeHead(answer.statusCode, answer.headers).end(Buffer.concat(parts)));
  },
  /** The head comes, and the body is complete, but empty. */
  "200 then close": (answer, response) => {
    answer.destroy();
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    response.end();
  },
  html: (answer, response) => {
    answer.destroy();
    response.writeHead(200, { "Content-Type": "text/html" });
    response.end("<h1>Sign in to the network</h1>");
  },
  503: (answer, response) => {
    answer.destroy();
    response.writeHead(503, { "Content-Type": "text/html" });
    response.end("unavailable");
  },
  /** The headers come, and no body. */
  "hold all": (answer, response) => {
    answer.resume();
    response.writeHead(answer.statusCode, answer.headers);
    response.flushHeaders();
  },
  /** The connection ends after so many bytes of a body, however often it is asked for. */
  "cut at 700": (answer, response) => {
    response.writeHead(answer.statusCode, answer.headers);
    let left = kCutAt;
    answer.on("data", (part) => {
      response.write(part.subarray(0, left));
      left -= part.length;
      if (left < 0) response.destroy();
    });
    answer.on("end", () => response.end());
  },
  "6 s": (answer, response, expire) => {
    responses.pass(answer, response);
    expire(response);
  },
};

/**
 * A proxy to the port `target`, whose `webSocket` and `http` are names of the modes above and may change at any time; `http` is
 * for all requests, or by their last word (`{ stream: "buffer" }`). `asked` lists what was asked for: "websocket", "stream", ...;
 * `expired` counts what was cut at its age, and `cutsOld = false` ends that.
 */
export async function breakingProxy(target, { webSocket = "pass", http = "pass" } = {}) {
  const sockets = new Set();
  const proxy = { webSocket, http, asked: [], expired: 0, cutsOld: true };
  const expire = (connection) => {
    const timer = setTimeout(() => {
      if (!proxy.cutsOld) return;
      proxy.expired += 1;
      connection.destroy();
    }, kLifetimeMs);
    connection.on("close", () => clearTimeout(timer));
  };
  const server = createServer((incoming, response) => {
    const what = incoming.url.split(/[/?]/).at(-1);
    proxy.asked.push(what);
    const mode = typeof proxy.http === "string" ? proxy.http : (proxy.http[what] ?? "pass");
    const { method, url, headers } = incoming;
    const onward = request({ host: "127.0.0.1", port: target, method, path: url, headers, agent: false }, (answer) => {
      answer.on("error", () => response.destroy());
      responses[mode](answer, response, expire);
    });
    onward.on("error", () => response.destroy());
    response.on("close", () => onward.destroy());
    incoming.pipe(onward);
  });
  const keep = (socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
    return socket;
  };
  server.on("connection", keep);
  server.on("upgrade", (incoming, socket) => {
    proxy.asked.push("websocket");
    /** Connects both sides. `filter(isHeld, pieces)` gives what of the server's pieces may pass; none: they are held. */
    const onward = (inside, filter) => {
      const outside = keep(connect(target, "127.0.0.1"));
      const lines = incoming.rawHeaders.map((text, index) => (index % 2 ? `${text}\r\n` : `${text}: `));
      outside.write(`${incoming.method} ${incoming.url} HTTP/1.1\r\n${lines.join("")}\r\n`);
      outside.on("close", () => inside.destroy());
      inside.on("close", () => outside.destroy());
      inside.pipe(outside);
      if (!filter) return outside.pipe(inside);
      let head = "";
      let held = Buffer.alloc(0);
      outside.on("data", (piece) => {
        let message = piece;
        if (!head.includes("\r\n\r\n")) {
          head += piece.toString("latin1");
          const end = head.indexOf("\r\n\r\n");
          if (end < 0) return;
          inside.write(Buffer.from(head.slice(0, end + 4), "latin1"));
          message = Buffer.from(head.slice(end + 4), "latin1");
        }
        if (message.length === 0) return;
        const passing = filter(held.length > 0, Buffer.concat([held, message]));
        held = passing.length > 0 ? Buffer.alloc(0) : Buffer.concat([held, message]);
        if (passing.length > 0) inside.write(passing);
      });
      return undefined;
    };
    webSockets[proxy.webSocket]({ socket, incoming, onward, expire });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  proxy.url = `http://127.0.0.1:${server.address().port}`;
  proxy.cut = () => {
    for (const socket of sockets) reset(socket);
  };
  proxy.close = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  open.add(proxy);
  return proxy;
}
