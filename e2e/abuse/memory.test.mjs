// a server that has as much memory as it may refuses new connections, and serves those that it has.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { WebSocket } from "ws";
import { codes, frames, Peer } from "../conformance/peer.mjs";
import { startProgram, stopProgram } from "../conformance/subject.mjs";

const mibMore = 24;
const eventsMax = 20_000;
const kib = 1024;
const residentMib = ({ pid }) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) / kib;

const programs = [];
after(() => Promise.all(programs.map(stopProgram)));

async function start(...args) {
  const app = fileURLToPath(new URL("heavy.json", import.meta.url));
  const program = await startProgram(args, process.env, app);
  programs.push(program);
  return program;
}

/** The status of a handshake: 101, or why it was refused. */
async function handshake(url) {
  const socket = new WebSocket(`${url.replace("http", "ws")}/dialogue`, "dialogue.v1");
  socket.on("error", () => {});
  const opened = once(socket, "open").then(() => ({ status: 101 }));
  const refused = once(socket, "unexpected-response").then(([, response]) => ({
    status: response.statusCode,
    retryAfter: response.headers["retry-after"],
  }));
  const answer = await Promise.race([opened, refused]);
  socket.terminate();
  return answer;
}

test("R-60 above the memory limit new connections are rejected, and existing ones continue", async () => {
  const small = await start();
  const bound = Math.ceil(residentMib(small)) + mibMore;
  const program = await start("--memory-max", String(bound));
  const ann = await Peer.greet(program.url, "ann");
  const [, , room] = await ann.join("heap");
  const body = "x".repeat(60_000);
  let answer = await handshake(program.url);
  assert.equal(answer.status, 101);
  let number = 0;
  while (answer.status === 101 && number < eventsMax) {
    number += 1;
    ann.send([frames.publish, room, 1, number, 0, body]);
    await ann.until(frames.ack);
    if (number % 20 === 0) answer = await handshake(program.url);
  }
  assert.deepEqual([answer.status, answer.retryAfter], [503, "10"]);
  assert.ok(residentMib(program) > bound);
  assert.ok(residentMib(program) < bound + mibMore, "it was seen in time");
  assert.equal((await fetch(`${program.url}/health`)).status, 200);
  ann.send([frames.publish, room, 1, number + 1, 0, "still here"]);
  assert.equal((await ann.until(frames.ack))[2], number + 1);
  ann.send([frames.join, 2, 0, 0, 0, "nowhere", {}]);
  assert.equal((await ann.until(frames.reply))[2], codes.roomUnknown);
  await ann.close();
});
