// A client whose bytes come one by one, or cut at any place: what a namespace gets is the same.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { connect as dial } from "node:net";
import { after, before, test } from "node:test";
import { serveNamespaces } from "../support/namespaces_kit.mjs";

let server;
before(async () => {
  server = await serveNamespaces();
});
after(() => server.stop());

const handshake =
  "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
  "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
const kText = 1;
const kBinary = 2;

/** A masked frame of fewer than 126 bytes. */
function frame(opcode, data) {
  const payload = Buffer.from(data);
  const mask = randomBytes(4);
  return Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | payload.length]), mask, payload.map((byte, i) => byte ^ mask[i % 4])]);
}

const begins = Buffer.concat([Buffer.from(handshake), frame(kText, "40/custom,")]);
const says = Buffer.concat([
  frame(kText, '452-/custom,7["echo","ü🎉",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]'),
  frame(kBinary, [1, 2, 3]),
  frame(kBinary, [4]),
]);
const kAnswer = '462-/custom,7["ü🎉",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]';
const kEnd = Buffer.concat([Buffer.from([0x82, 3, 1, 2, 3]), Buffer.from([0x82, 1, 4])]);

/** Sends the parts of `begins`, and once the namespace has answered those of `says`, each when the one before has left; gives
 * what came, from the acknowledgement on. */
async function talk(beginning, saying) {
  const socket = dial(server.port, "127.0.0.1").setNoDelay(true);
  let received = Buffer.alloc(0);
  const news = [];
  const wake = () => {
    for (const each of news.splice(0)) each();
  };
  let fault;
  socket.on("data", (bytes) => {
    received = Buffer.concat([received, bytes]);
    wake();
  });
  socket.on("close", () => {
    fault = new Error(`closed after ${received}`);
    wake();
  });
  const until = async (text, more = 0) => {
    while (received.indexOf(text) < 0 || received.length < received.indexOf(text) + Buffer.byteLength(text) + more) {
      if (fault) throw fault;
      await new Promise((resolve) => news.push(resolve));
    }
    return received.subarray(received.indexOf(text));
  };
  const send = async (parts) => {
    for (const part of parts) await new Promise((resolve) => socket.write(part, resolve));
  };
  await send(beginning);
  await until('42/custom,["welcome"');
  await send(saying);
  const answer = await until(kAnswer, kEnd.length);
  socket.destroy();
  return answer;
}

const expected = Buffer.concat([Buffer.from(kAnswer), kEnd]);
const bytesOf = (whole) => [...whole].map((byte) => Buffer.from([byte]));

test("byte by byte", async () => {
  assert.deepEqual(await talk(bytesOf(begins), bytesOf(says)), expected);
});

test("all at once", async () => {
  assert.deepEqual(await talk([begins], [says]), expected);
});

test("cut at any place after the request's head", async () => {
  for (let at = handshake.length; at < begins.length; ++at)
    assert.deepEqual(await talk([begins.subarray(0, at), begins.subarray(at)], [says]), expected, `cut at ${at}`);
  for (let at = 1; at < says.length; ++at)
    assert.deepEqual(await talk([begins], [says.subarray(0, at), says.subarray(at)]), expected, `cut at ${at}`);
});

test("polls whose bodies come byte by byte", async () => {
  const socket = dial(server.port, "127.0.0.1").setNoDelay(true);
  let received = "";
  const news = [];
  socket.on("data", (bytes) => {
    received += bytes;
    for (const each of news.splice(0)) each();
  });
  const ask = async (request, until) => {
    for (const byte of Buffer.from(request)) await new Promise((resolve) => socket.write(Buffer.from([byte]), resolve));
    while (!until.test(received)) await new Promise((resolve) => news.push(resolve));
    const found = until.exec(received);
    received = received.slice(found.index + found[0].length);
    return found;
  };
  const path = "/socket.io/?EIO=4&transport=polling";
  const [, sid] = await ask(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`, /"sid":"(\w+)"[^}]*\}/);
  const post = (body) =>
    `POST ${path}&sid=${sid} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
  await ask(post("40/custom,"), /\r\n\r\nok/);
  await ask(post('451-/custom,3["echo",{"_placeholder":true,"num":0}]\x1ebAQID'), /\r\n\r\nok/);
  await ask(
    `GET ${path}&sid=${sid} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`,
    /461-\/custom,3\[\{"_placeholder":true,"num":0\}\].bAQID/,
  );
  socket.destroy();
});
