// Connections that begin and do not go on, one function a case: what they say, and by when the server has to end them. `by` is
// the port: "http", "lines" (a frame per line), or these with TLS, "https", "http2" and "tlsLines"; "rawHttps" and "rawTlsLines"
// are the ports of TLS without it. `says` is what such a connection may have been told when it ends. Where `isDeaf`, it reads
// nothing, so that only the server's figures show its end.
import { anything, bye, head, inLines, limits, post, refused, upgraded, welcomed } from "./slow_connection.mjs";
import { sessionCases } from "./slow_sessions.mjs";
import { frame, opcodes, upgradeRequest } from "./wire.mjs";

const tlsHandshake = Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03]); // of 512 bytes
const http2Begin = Buffer.concat([Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0])]);
const http2HalfHead = Buffer.from([0, 0, 1, 1, 0, 0, 0, 0, 1, 0x82]); // HEADERS without END_HEADERS

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
  ...sessionCases,
};
