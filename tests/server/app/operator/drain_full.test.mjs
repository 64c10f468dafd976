// A server at its limits restarts: whoever was there comes back, since each limit is exact and none is divided.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join as path } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { kPatienceMs } from "../../../patience.mjs";
import { FrameClient, frames } from "../support/frame_client.mjs";
import { directoryOf, root, Server } from "../support/program.mjs";

const { createDialogueClient } = await import(pathToFileURL(path(root, "js", "dist", "index.js")));
const { WebSocket } = createRequire(path(root, "js", "package.json"))("ws");

const kClients = 57; // not a multiple of the shards
const kOfUser = 3;
const app = {
  events: { message: { schema: { type: "string" } } },
  rooms: { chat: { events: ["message"], maxSize: kClients, retention: { maxEvents: 1000 } } },
};
const limits = ["--connections-max", `${kClients}`, "--connections-per-user", `${kOfUser}`, "--shards", "4"];

test("P-46 each of 57 clients is back after the restart of a server that is full, and one more is refused", async () => {
  const directory = directoryOf({ "app.json": app });
  const args = [path(directory, "app.json"), "--store", `sqlite:${path(directory, "rooms.db")}`, ...limits];
  const first = await Server.start([...args, "--listen", "127.0.0.1:0", "--drain-ms", "500", "--drain-pause-ms", "1500"]);
  const members = [];
  const refusals = [];
  let wake = () => undefined;
  for (let i = 0; i < kClients; ++i) {
    const auth = { userId: `user${Math.floor(i / kOfUser)}` };
    const client = createDialogueClient({ url: first.url, auth, WebSocket, transports: ["websocket"] });
    const member = { client, room: client.room("chat"), connections: 0, seen: 0 };
    client.on("state", (state) => {
      member.connections += state === "connected" ? 1 : 0;
      wake();
    });
    const note = ({ code }) => {
      if (/full|too_many/.test(code)) refusals.push(code);
    };
    client.on("error", note);
    client.on("connect_error", ({ error }) => error && note(error));
    member.room.on("message", () => {
      member.seen += 1;
      wake();
    });
    members.push(member);
  }
  const all = (holds, what) =>
    new Promise((resolve, reject) => {
      const left = () => members.filter((member) => !holds(member)).length;
      const late = setTimeout(() => reject(new Error(`${left()} of ${kClients} ${what}; ${refusals}`)), kPatienceMs);
      wake = () => {
        if (left() > 0) return;
        clearTimeout(late);
        resolve();
      };
      wake();
    });
  await Promise.all(members.map(({ room }) => room.join()));
  const extra = async (url) => {
    const client = await FrameClient.connect(url);
    client.say([frames.hello, 1, 0, 0, { identity: { userId: "late" } }]);
    return (await client.hear(frames.bye))[1];
  };
  assert.equal(await extra(first.url), 54, "server_full");

  const { port } = first;
  assert.deepEqual(await first.stop(), [0, null]);
  const second = await Server.start([...args, "--listen", `127.0.0.1:${port}`]);
  await all(({ connections }) => connections === 2, "are not back");
  assert.deepEqual(refusals, []);
  assert.equal(await extra(second.url), 54, "server_full");
  await members[0].room.trigger("message", "to all");
  await all(({ seen }) => seen === 1, "heard nothing");
  for (const { client } of members) client.close();
  await second.stop();
});
