// `retries` of socket.io-client: what it sends again is stored once where the publication has an id.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { io, serveRooms } from "../support/engine_kit.mjs";

let server;
before(async () => {
  server = await serveRooms();
});
after(() => server.stop());

const connected = async (options) => {
  const socket = io(server.url, { forceNew: true, auth: { userId: "ann" }, ...options });
  await once(socket, "dialogue:connected");
  return socket;
};
/** Stops a process; when this returns, none of its threads runs any more. */
function stop(pid) {
  process.kill(pid, "SIGSTOP");
  const tasks = () => readdirSync(`/proc/${pid}/task`);
  const isStopped = (task) => / T /.test(readFileSync(`/proc/${pid}/task/${task}/stat`, "utf8"));
  while (!tasks().every(isStopped));
}
const trigger = (roomId, n, id) => ({ id, roomId, event: "message", data: { n } });

for (const transports of [["websocket"], ["polling"]])
  test(`F-R05 over ${transports}, retries of a server that is slow store one event, if it has an id`, async () => {
    const roomId = `room-${transports}`;
    const ann = await connected({ transports, retries: 1000, ackTimeout: 300 });
    const bob = await connected({ auth: { userId: "bob" } });
    await bob.timeout(20_000).emitWithAck("dialogue:join", { roomId });
    assert.ok((await ann.emitWithAck("dialogue:join", { roomId })).ok);
    // The server stands still until the client has sent again: the same packet once more, under another number.
    const sent = [];
    const isTwice = new Promise((resolve) => {
      ann.onAnyOutgoing((event) => {
        if (event === "dialogue:trigger" && sent.push(event) === 2) resolve();
      });
    });
    stop(server.pid);
    const answer = ann.emitWithAck("dialogue:trigger", trigger(roomId, 1, "order-1"));
    await isTwice;
    process.kill(server.pid, "SIGCONT");
    assert.ok((await answer).ok);
    const again = await bob.timeout(20_000).emitWithAck("dialogue:trigger", trigger(roomId, 2, "order-1"));
    assert.equal(again.duplicate, undefined, "another user's id is another");
    const { events } = await bob.timeout(20_000).emitWithAck("dialogue:history", { roomId, limit: 100 });
    assert.deepEqual(
      events.map(({ from, data }) => `${from} ${data.n}`),
      ["bob 2", "ann 1"],
    );
    ann.disconnect();
    bob.disconnect();
  });

test("F-R05 a publication that comes again with its id is answered as the first one, another with it is refused", async () => {
  const roomId = "room-ids";
  const ann = await connected();
  const ask = (event, argument) => ann.timeout(20_000).emitWithAck(`dialogue:${event}`, argument);
  await ask("join", { roomId });
  const first = await ask("trigger", trigger(roomId, 1, "a"));
  assert.equal(first.duplicate, undefined);
  assert.deepEqual(await ask("trigger", trigger(roomId, 1, "a")), { ...first, duplicate: true });
  assert.equal((await ask("trigger", trigger(roomId, 2, "a"))).code, "producer_conflict");
  assert.equal((await ask("trigger", trigger(roomId, 1, "a b"))).code, "request_invalid");
  assert.equal((await ask("trigger", { id: "t", roomId: "chat", event: "typing", data: 1 })).code, "not_joined");
  await ask("join", { roomId: "chat" });
  assert.equal((await ask("trigger", { id: "t", roomId: "chat", event: "typing", data: 1 })).code, "request_invalid");
  ann.disconnect();
});
