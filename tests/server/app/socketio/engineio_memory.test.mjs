// What Engine.IO sessions leave in the memory of `dialogue serve --socketio-echo`.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Polling, Socket, serveEcho } from "../support/engine_kit.mjs";

test("P-28 abandoned upgrades and a flood of pongs leave the memory flat", async () => {
  const small = await serveEcho(["--shards", "1"]);
  const residentKb = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${small.pid}/status`, "utf8"))[1]);
  const session = await Socket.open(small, "EIO=4&transport=websocket");
  await session.next();
  const round = async () => {
    for (let i = 0; i < 100; ++i) {
      const { opened } = await Polling.open(small);
      const socket = await Socket.open(small, `EIO=4&transport=websocket&sid=${opened.sid}`);
      if (i % 2) socket.send("2probe");
      socket.ws.terminate();
      for (let pong = 0; pong < 500; ++pong) session.send("3");
    }
    session.send("4done");
    assert.equal(await session.take(), "4done");
  };
  await round();
  await round();
  const before = residentKb();
  for (let i = 0; i < 4; ++i) await round();
  const grown = residentKb() - before;
  assert.ok(grown < 4096, `${grown} KiB more after 400 upgrades and 200,000 pongs`);
  session.ws.close();
  assert.deepEqual(await small.stop(), [0, null]);
});
