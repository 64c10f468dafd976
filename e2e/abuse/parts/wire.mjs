// Bytes as a hostile peer sends them: a connection that says by the PROXY protocol which address it is from, requests as they
// are written, WebSocket frames right and wrong. Used by the honest clients for their address, and by the cases for everything.
import { randomBytes } from "node:crypto";
import { connect } from "node:net";

const loopback = "127.0.0.1";
const maskBit = 0x80;
const finBit = 0x80;
const length16 = 126;
const length64 = 127;
const maskBytes = 4;

export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9 };

/** What a proxy writes in front of a connection from `address` (PROXY protocol, version 1). */
const proxyHeader = (address) => `PROXY TCP4 ${address} ${loopback} 40000 443\r\n`;

/** A TCP connection to the server that comes from `address`. */
export function connectFrom(port, address) {
  const socket = connect({ port, host: loopback, noDelay: true });
  socket.write(proxyHeader(address));
  return socket;
}

/** A handshake, with more fields as they are to stand ("Name: value\r\n"). */
export const upgradeRequest = (fields = "") =>
  `GET /dialogue HTTP/1.1\r\nHost: chat.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
  `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString("base64")}\r\n` +
  `Sec-WebSocket-Protocol: dialogue.v1\r\n${fields}\r\n`;

/** A masked frame. `announced` is the length that its header tells, if that is to be a lie. */
export function frame(payload, { opcode = opcodes.text, isFinal = true, announced } = {}) {
  const bytes = Buffer.from(payload);
  const length = announced ?? BigInt(bytes.length);
  const first = (isFinal ? finBit : 0) | opcode;
  let head;
  if (length < length16) {
    head = Buffer.from([first, maskBit | Number(length)]);
  } else if (length <= 0xffff) {
    head = Buffer.from([first, maskBit | length16, 0, 0]);
    head.writeUInt16BE(Number(length), 2);
  } else {
    head = Buffer.alloc(10);
    head.set([first, maskBit | length64]);
    head.writeBigUInt64BE(length, 2);
  }
  return Buffer.concat([head, Buffer.alloc(maskBytes), bytes]); // a mask of zeros leaves the payload as it is
}
