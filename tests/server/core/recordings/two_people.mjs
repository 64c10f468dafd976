// Makes two_people.rec and two_people.expected anew: node tests/server/core/recordings/two_people.mjs, after `npm run build`.
// Ann and Bob on a server of three shards: they talk, Bob is refused, Ann says a thing twice, is lost and comes back.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { WebSocket } from "../../../../js/node_modules/ws/wrapper.mjs";
import { app } from "../../app/support/program.mjs";

const file = (name) => fileURLToPath(new URL(name, import.meta.url));
const kProgram = process.env.DIALOGUE_PROGRAM ?? file("../../../../build/release/bin/dialogue");
const [kWelcome, kJoined, kAck, kNack, kReply, kEvent] = [33, 34, 38, 39, 42, 36];
const directory = mkdtempSync(join(tmpdir(), "dialogue-recording-"));
writeFileSync(join(directory, "app.json"), JSON.stringify(app));

const args = ["serve", join(directory, "app.json"), "--listen", "127.0.0.1:0", "--shards", "3", "--store", "memory:"];
const server = spawn(kProgram, [...args, "--record", file("two_people.rec")], { stdio: ["ignore", "pipe", "inherit"] });
let port;
for await (const line of createInterface(server.stdout)) if ((port = /127\.0\.0\.1:(\d+)/.exec(line)?.[1])) break;
server.stdout.resume();

/** One connection: `say` a frame and wait for one of a type. */
async function connect() {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/dialogue`, "dialogue.v1");
  const frames = [];
  let wake = () => {};
  socket.on("message", (text) => {
    for (const frame of `${text}`.split("\n")) frames.push(JSON.parse(frame));
    wake();
  });
  await once(socket, "open");
  const hear = async (type) => {
    for (;;) {
      const at = frames.findIndex(([each]) => each === type);
      if (at >= 0) return frames.splice(at, 1)[0];
      await new Promise((resolve) => {
        wake = resolve;
      });
    }
  };
  const say = (frame, type) => {
    socket.send(JSON.stringify(frame));
    return hear(type);
  };
  return { socket, say, hear };
}

const hello = (userId, resume) => [1, 1, 0, 0, { identity: { userId }, producer: { id: `p${userId}` }, resume }];
const [ann, bob] = [await connect(), await connect()];
const { resume } = (await ann.say(hello("ann"), kWelcome)).at(-1);
await bob.say(hello("bob"), kWelcome);
const [, , room, epoch] = await ann.say([2, 1, 0, 0, 0, "chat", {}], kJoined);
await bob.say([2, 1, 0, 0, 0, "chat", {}], kJoined);
await ann.say([4, room, 1, 1, 0, { text: "Hello Bob" }], kAck);
await bob.hear(kEvent);
await bob.say([4, room, 1, 1, 0, { text: "Hello Ann" }], kAck);
await bob.say([4, room, 1, 2, 0, { words: "not as defined" }], kNack);
await ann.say([4, room, 1, 1, 0, { text: "Hello Bob" }], kAck);
await ann.say([4, room, 1, 1, 0, { text: "Hello Eve" }], kNack);
await ann.say([7, 5, room, 1, 10, 0], kReply);
ann.socket.terminate();
await bob.say([4, room, 1, 3, 0, { text: "Are you there" }], kAck);
const again = await connect();
await again.say(hello("ann", resume), kWelcome);
await again.say([2, 2, 2, epoch, 2, "chat", {}], kJoined);
await again.say([4, room, 1, 2, 0, { text: "I am back" }], kAck);
for (const { socket } of [again, bob]) {
  socket.close(1000);
  await once(socket, "close");
}
server.kill("SIGTERM");
await once(server, "exit");
rmSync(directory, { recursive: true });

const { status, stdout, stderr } = spawnSync(kProgram, ["replay", file("two_people.rec")], { encoding: "utf8" });
if (status !== 0) throw new Error(stderr || stdout.split("\n").at(-2));
writeFileSync(file("two_people.expected"), stdout);
process.exit();
