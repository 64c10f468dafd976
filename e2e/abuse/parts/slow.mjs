// Connections that begin and do not go on, one function a case: what they say, and by when the server has to end them. `by` is
// the port: "http", "lines" (a frame per line), or these two with TLS, "https" and "tlsLines". `says` is what such a connection
// may have been told when it ends. Where `isDeaf`, it reads nothing, so that only the server's figures show its end.
import { once } from "node:events";
import { connect } from "node:net";
import { connect as connectTls } from "node:tls";
import { frames } from "../../conformance/frames.mjs";
import { frame, opcodes, upgradeRequest } from "./wire.mjs";

const loopback = "127.0.0.1";
const dripMs = 250;
const saidCharsMax = 4096;
const tlsHandshake = Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03]); // of 512 bytes
const http2Begin = Buffer.concat([Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0])]);
const http2HalfHead = Buffer.from([0, 0, 1, 1, 0, 0, 0, 0, 1, 0x82]); // HEADERS without END_HEADERS

/** The server's limits in ms: those that its settings shorten (settings below), and those that are fixed. */
export const limits = {
  head: 2_000,
  hello: 2_000,
  keepAlive: 2_000,
  silence: 3_000, // a ping and its time-out
  socketioSilence: 3_000,
  socketioConnect: 2_000,
  closing: 5_000,
  opening: 2_000, // of TLS
  http2Head: 2_000,
  upgrade: 10_000,
  body: 17_000, // and the time that a refusal may be read
  idleTunnel: 15_000,
  message: 30_000,
  stall: 20_000, // 10 s, and before it what the kernel still takes
};
export const settings = Object.entries({
  "handshake-timeout-ms": limits.head,
  "hello-timeout-ms": limits.hello,
  "http-keep-alive-ms": limits.keepAlive,
  "ping-interval-ms": 2_000,
  "ping-timeout-ms": 1_000,
  "socketio-ping-interval-ms": 2_000,
  "socketio-ping-timeout-ms": 1_000,
  "socketio-connect-timeout-ms": limits.socketioConnect,
  "stream-heartbeat-ms": 1_000,
}).flatMap(([name, value]) => [`--${name}`, `${value}`]);

/** A connection that is measured from its last honest step to its end. */
export class SlowConnection {
  said = "";
  #socket;
  #timer;
  #heard = () => undefined;
  #stalledAt;

  constructor(port, { isTls = false, alpn } = {}) {
    const to = { port, host: loopback, noDelay: true, allowHalfOpen: true };
    this.#socket = isTls ? connectTls({ ...to, rejectUnauthorized: false, ALPNProtocols: alpn }) : connect(to);
    this.#socket.on("data", (bytes) => {
      this.said = (this.said + bytes.toString("latin1")).slice(-saidCharsMax);
      this.#heard();
    });
    this.#socket.on("error", () => undefined);
    this.#stalledAt = performance.now();
    this.ended = new Promise((resolve) => {
      const end = () => {
        clearInterval(this.#timer);
        this.#socket.destroy();
        resolve(performance.now() - this.#stalledAt);
      };
      this.#socket.on("end", end);
      this.#socket.on("close", end);
    });
  }

  ready(event = "connect") {
    return once(this.#socket, event);
  }

  send(bytes) {
    this.#stalledAt = performance.now();
    this.#socket.write(bytes);
  }

  /** From now on a byte now and then: the pace of the attack. */
  drip(byte) {
    this.#stalledAt = performance.now();
    this.#timer = setInterval(() => this.#socket.write(byte), dripMs);
  }

  /** Resolves when the server has said what matches; rejects when it ends before. */
  async heard(pattern) {
    const gone = this.ended.then(() => {
      throw new Error(`ended before ${pattern}; it said ${JSON.stringify(this.said)}`);
    });
    gone.catch(() => undefined);
    for (;;) {
      const found = pattern.exec(this.said);
      if (found) return found;
      const news = new Promise((resolve) => {
        this.#heard = resolve;
      });
      await Promise.race([news, gone]);
    }
  }

  /** No byte is read any more. */
  stopReading() {
    this.#socket.pause();
  }

  /** Says that nothing more comes, and goes on reading. */
  halfClose() {
    this.#stalledAt = performance.now();
    this.#socket.end();
  }

  destroy() {
    clearInterval(this.#timer);
    this.#socket.destroy();
  }
}

const hello = (name) => JSON.stringify([frames.hello, 1, 0, 0, { identity: { userId: name } }]);
const join = (room) => JSON.stringify([frames.join, 1, 0, 0, 0, room, {}]);
const head = (method, path, fields = "") => `${method} ${path} HTTP/1.1\r\nHost: chat.example\r\n${fields}`;
const post = (path, length, fields = "") => `${head("POST", path, fields)}Content-Length: ${length}\r\n\r\n`;
const whole = (path, body) => post(path, Buffer.byteLength(body)) + body;
const text = (value) => frame(value);

async function upgraded(slow, path = "/dialogue") {
  slow.send(upgradeRequest().replace("/dialogue", path));
  await slow.heard(/HTTP\/1.1 101 /);
}
async function welcomed(slow, name, room) {
  await upgraded(slow);
  slow.send(text(room ? `${hello(name)}\n${join(room)}` : hello(name)));
  await slow.heard(room ? /\[34,1,/ : /\[33,/);
}
async function inLines(slow, name, room) {
  slow.send(`${hello(name)}\n${room ? `${join(room)}\n` : ""}`);
  await slow.heard(room ? /\[34,1,/ : /\[33,/);
}
async function engineSocket(slow, query = "") {
  await upgraded(slow, `/socket.io/?EIO=4&transport=websocket${query}`);
  if (!query) await slow.heard(/0\{"sid"/);
}
/** A session by polls; resolves to its id. Its HTTP connection is kept. */
async function enginePolls(slow, isConnected = true) {
  slow.send(`${head("GET", "/socket.io/?EIO=4&transport=polling")}\r\n`);
  const [, sid] = await slow.heard(/"sid":"([^"]+)"/);
  if (!isConnected) return sid;
  slow.said = "";
  slow.send(whole(`/socket.io/?EIO=4&transport=polling&sid=${sid}`, '40{"userId":"slow"}'));
  await slow.heard(/ 200 OK.*ok$/s);
  return sid;
}
async function tunnel(slow, name, room) {
  const lines = [JSON.stringify({ open: crypto.randomUUID() }), hello(name), ...(room ? [join(room)] : [])];
  slow.send(whole("/dialogue/send", lines.join("\n")));
  const [, session] = await slow.heard(/"session":"([^"]+)"/);
  slow.said = "";
  return session;
}

const anything = /^/;
const refused = /^(HTTP\/1.1 408 .*)?$/s;
const bye = /\[45,\d+,/;

export const cases = {
  // HTTP
  "says nothing": { by: "http", limit: limits.head, says: refused, run: () => undefined },
  "a head that drips": {
    by: "http",
    limit: limits.head,
    says: refused,
    run: (slow) => {
      slow.send(`${head("GET", "/")}X: `);
      slow.drip("x");
    },
  },
  "a head that stops": { by: "http", limit: limits.head, says: refused, run: (slow) => slow.send(head("GET", "/health")) },
  "a second head that stops": {
    by: "http",
    limit: limits.head,
    says: anything,
    run: async (slow) => {
      slow.send(`${head("GET", "/health")}\r\n`);
      await slow.heard(/ 200 OK/);
      slow.send("GET / HT");
    },
  },
  "a kept connection without a request": {
    by: "http",
    limit: limits.keepAlive,
    says: anything,
    run: async (slow) => {
      slow.send(`${head("GET", "/health")}\r\n`);
      await slow.heard(/ 200 OK/);
    },
  },
  "a body that drips": {
    by: "http",
    limit: limits.body,
    says: / 408 /,
    run: (slow, { key }) => {
      slow.send(post("/api/v1/rooms/chat/events", 60_000, `Authorization: Bearer ${key}\r\nContent-Type: application/json\r\n`));
      slow.drip(" ");
    },
  },
  // WebSocket
  "a WebSocket handshake that stops": {
    by: "http",
    limit: limits.head,
    says: refused,
    run: (slow) => slow.send(upgradeRequest().slice(0, -2)),
  },
  "a WebSocket without HELLO": { by: "http", limit: limits.hello, says: bye, run: (slow) => upgraded(slow) },
  "HELLO that drips": {
    by: "http",
    limit: limits.hello,
    says: bye,
    run: async (slow) => {
      await upgraded(slow);
      slow.send(frame("[1,1,0,0,", { announced: 60_000n }));
      slow.drip(" ");
    },
  },
  "a message that drips": {
    by: "http",
    limit: limits.message,
    says: anything,
    run: async (slow, { name }) => {
      await welcomed(slow, name);
      slow.send(frame("[4,", { announced: 60_000n }));
      slow.drip(" ");
    },
  },
  "fragments without an end": {
    by: "http",
    limit: limits.message,
    says: anything,
    run: async (slow, { name }) => {
      await welcomed(slow, name);
      slow.send(frame("[", { isFinal: false }));
      slow.drip(frame(" ", { opcode: opcodes.continuation, isFinal: false }));
    },
  },
  "a member that answers no ping": {
    by: "http",
    limit: limits.silence,
    says: bye,
    run: (slow, { name }) => welcomed(slow, name),
  },
  "a WebSocket that says goodbye and stays": {
    by: "http",
    limit: limits.closing,
    says: anything,
    run: async (slow, { name }) => {
      await welcomed(slow, name);
      slow.send(frame(Buffer.from([0x03, 0xe8]), { opcode: opcodes.close }));
    },
  },
  "a WebSocket that reads nothing": {
    by: "http",
    limit: limits.stall,
    isDeaf: true,
    run: async (slow, { name }) => {
      await welcomed(slow, name, "flood");
      slow.stopReading();
    },
  },
  // A frame per line
  "no line": { by: "lines", limit: limits.hello, says: bye, run: () => undefined },
  "a first line that drips": {
    by: "lines",
    limit: limits.hello,
    says: bye,
    run: (slow) => {
      slow.send("[1,1,0,0,");
      slow.drip(" ");
    },
  },
  "a later line that drips": {
    by: "lines",
    limit: limits.message,
    says: bye,
    run: async (slow, { name }) => {
      await inLines(slow, name);
      slow.send("[4,");
      slow.drip(" ");
    },
  },
  "a member in lines that answers no ping": {
    by: "lines",
    limit: limits.silence,
    says: bye,
    run: (slow, { name }) => inLines(slow, name),
  },
  "a member in lines that has closed its half": {
    by: "lines",
    limit: limits.silence,
    says: anything,
    run: async (slow, { name }) => {
      await inLines(slow, name);
      slow.halfClose();
    },
  },
  "lines that are not read": {
    by: "lines",
    limit: limits.stall,
    isDeaf: true,
    run: async (slow, { name }) => {
      await inLines(slow, name, "flood");
      slow.stopReading();
    },
  },
  // TLS and HTTP/2
  "no TLS handshake": { by: "rawHttps", limit: limits.opening, says: anything, run: () => undefined },
  "half a TLS handshake": { by: "rawHttps", limit: limits.opening, says: anything, run: (slow) => slow.send(tlsHandshake) },
  "a TLS handshake that drips": {
    by: "rawHttps",
    limit: limits.opening,
    says: anything,
    run: (slow) => {
      slow.send(tlsHandshake);
      slow.drip("x");
    },
  },
  "half a TLS handshake before lines": {
    by: "rawTlsLines",
    limit: limits.opening,
    says: anything,
    run: (slow) => {
      slow.send(tlsHandshake);
      slow.drip("x");
    },
  },
  "a head within TLS that drips": {
    by: "https",
    limit: limits.head,
    says: refused,
    run: async (slow) => {
      await slow.ready("secureConnect");
      slow.send(`${head("GET", "/")}X: `);
      slow.drip("x");
    },
  },
  "lines within TLS that do not come": {
    by: "tlsLines",
    limit: limits.hello,
    says: bye,
    run: (slow) => slow.ready("secureConnect"),
  },
  "HTTP/2 without a preface": {
    by: "http2",
    limit: limits.http2Head,
    says: anything,
    run: (slow) => slow.ready("secureConnect"),
  },
  "HTTP/2 without a request": {
    by: "http2",
    limit: limits.keepAlive + limits.closing,
    says: anything,
    run: async (slow) => {
      await slow.ready("secureConnect");
      slow.send(http2Begin);
    },
  },
  "half an HTTP/2 head": {
    by: "http2",
    limit: limits.http2Head + limits.closing,
    says: anything,
    run: async (slow) => {
      await slow.ready("secureConnect");
      slow.send(Buffer.concat([http2Begin, http2HalfHead]));
    },
  },
  // Engine.IO and Socket.IO
  "an Engine.IO session that is not polled": {
    by: "http",
    limit: limits.socketioSilence,
    says: anything,
    goneAt: (sid) => ({ path: `/socket.io/?EIO=4&transport=polling&sid=${sid}`, status: 400 }),
    run: (slow) => enginePolls(slow),
  },
  "an Engine.IO poll that is cut": {
    by: "http",
    limit: limits.socketioSilence,
    says: anything,
    goneAt: (sid) => ({ path: `/socket.io/?EIO=4&transport=polling&sid=${sid}`, status: 400 }),
    run: async (slow) => {
      const sid = await enginePolls(slow);
      slow.send(`${head("GET", `/socket.io/?EIO=4&transport=polling&sid=${sid}`)}\r\n`);
      await slow.heard(/ 200 OK.*40\{/s);
      slow.send(`${head("GET", `/socket.io/?EIO=4&transport=polling&sid=${sid}`)}\r\n`);
      slow.destroy();
      return sid;
    },
  },
  "an Engine.IO session without CONNECT": {
    by: "http",
    limit: limits.socketioSilence,
    says: anything,
    goneAt: (sid) => ({ path: `/socket.io/?EIO=4&transport=polling&sid=${sid}`, status: 400 }),
    run: (slow) => enginePolls(slow, false),
  },
  "a packet that does not come whole": {
    by: "http",
    limit: limits.body,
    says: anything,
    run: async (slow) => {
      const sid = await enginePolls(slow);
      slow.said = "";
      slow.send(`${post(`/socket.io/?EIO=4&transport=polling&sid=${sid}`, 1000)}42["dia`);
    },
  },
  "an upgrade that is not probed": {
    by: "http",
    limit: limits.upgrade,
    says: anything,
    run: async (slow, world) => engineSocket(slow, `&sid=${await enginePolls(world.another())}`),
  },
  "an upgrade that stops after its probe": {
    by: "http",
    limit: limits.upgrade,
    says: anything,
    run: async (slow, world) => {
      await engineSocket(slow, `&sid=${await enginePolls(world.another())}`);
      slow.send(text("2probe"));
      await slow.heard(/3probe/);
    },
  },
  "an Engine.IO WebSocket without CONNECT": {
    by: "http",
    limit: limits.socketioConnect,
    says: anything,
    run: (slow) => engineSocket(slow),
  },
  "a Socket.IO client that answers no ping": {
    by: "http",
    limit: limits.socketioSilence,
    says: anything,
    run: async (slow, { name }) => {
      await engineSocket(slow);
      slow.send(text(`40{"userId":"${name}"}`));
      await slow.heard(/dialogue:connected/);
    },
  },
  "a Socket.IO client that reads nothing": {
    by: "http",
    limit: limits.stall,
    isDeaf: true,
    run: async (slow, { name }) => {
      await engineSocket(slow);
      slow.send(text(`40{"userId":"${name}"}`));
      await slow.heard(/dialogue:connected/);
      slow.send(text('42["dialogue:join",{"roomId":"flood"}]'));
      await slow.heard(/dialogue:joined/);
      slow.stopReading();
    },
  },
  // Two ways over HTTP requests
  "a session over requests that is not continued": {
    by: "http",
    limit: limits.idleTunnel,
    says: anything,
    goneAt: (session) => ({ path: "/dialogue/send", body: JSON.stringify({ session, have: 0 }), status: 410 }),
    run: (slow, { name }) => tunnel(slow, name),
  },
  "a poll that is cut": {
    by: "http",
    limit: limits.idleTunnel,
    says: anything,
    goneAt: (session) => ({ path: "/dialogue/send", body: JSON.stringify({ session, have: 0 }), status: 410 }),
    run: async (slow, { name }) => {
      const session = await tunnel(slow, name);
      slow.send(whole("/dialogue/poll", JSON.stringify({ session, have: 0, hold: 20_000 })));
      slow.destroy();
      return session;
    },
  },
  "a request of frames that stops": {
    by: "http",
    limit: limits.body,
    says: / 408 /,
    run: async (slow, { name }) => {
      const session = await tunnel(slow, name);
      slow.send(post("/dialogue/send", 1000) + JSON.stringify({ session, have: 0 }));
    },
  },
  "a streamed response that is not read": {
    by: "http",
    limit: limits.stall,
    isDeaf: true,
    run: async (slow, { name }) => {
      const session = await tunnel(slow, name, "flood");
      slow.send(whole("/dialogue/stream", JSON.stringify({ session, have: 0 })));
      await slow.heard(/\[34,1,/);
      slow.stopReading();
    },
  },
  // Push streams
  "a push stream that is not read": {
    by: "http",
    limit: limits.stall,
    isDeaf: true,
    run: async (slow) => {
      slow.send(`${head("GET", "/events?rooms=flood")}\r\n`);
      await slow.heard(/dialogue\.open/);
      slow.stopReading();
    },
  },
  "a push stream that has closed its half": {
    by: "http",
    limit: limits.closing,
    says: anything,
    run: async (slow) => {
      slow.send(`${head("GET", "/events?rooms=flood")}\r\n`);
      await slow.heard(/dialogue\.open/);
      slow.halfClose();
    },
  },
};
