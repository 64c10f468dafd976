// Makes chat.recording and chat.decisions anew: node tests/client-wasm/recordings/record.mjs, after `npm run build`.
// A real client of the npm package in a chat on a real server, which is killed and started again. replay_test.cpp replays it.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { createDialogueClient } from "../../../js/dist/index.js";
import { createRecorder } from "../../../js/dist/recorder.js";
import { WebSocket } from "../../../js/node_modules/ws/wrapper.mjs";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const kProgram = process.env.DIALOGUE_PROGRAM ?? join(root, "build/release/bin/dialogue");
const kPort = /127\.0\.0\.1:(\d+)/;
const directory = mkdtempSync(join(tmpdir(), "dialogue-recording-"));

/** A server on the directory's store; resolves when it listens. */
async function serve(port = "0") {
  const args = ["serve", join(root, "examples/chat/chat.json"), "--listen", `127.0.0.1:${port}`];
  const server = spawn(kProgram, [...args, "--store", `sqlite:${join(directory, "chat.db")}`], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  for (const stream of [server.stdout, server.stderr])
    for await (const line of createInterface(stream)) {
      const found = kPort.exec(line)?.[1];
      if (found) return { server, port: found };
    }
  throw new Error("the server did not start");
}

const state = (client, wanted) => new Promise((resolve) => client.on("state", (now) => now === wanted && resolve()));

const { server, port } = await serve();
const recorder = createRecorder();
const connect = (userId, more) => createDialogueClient({ url: `http://127.0.0.1:${port}`, auth: { userId }, WebSocket, ...more });
const [ann, bob] = [connect("ann", { recorder }), connect("bob")];
const [room, theirs] = [await ann.join("chat"), await bob.join("chat")];
const heard = new Promise((resolve) => room.on("message", (m) => m.from === "bob" && resolve()));
await room.trigger("message", { text: "Is anybody here?" });
await theirs.trigger("message", { text: "I am, what is it?" });
await heard;
await room.trigger("message", { text: "" }).catch((error) => error);
await room.trigger("typing", {});
const reconnected = state(ann, "connected");
server.kill("SIGKILL");
await once(server, "exit");
const waiting = room.trigger("message", { text: "It broke" });
const second = await serve(port);
await reconnected;
await waiting;
for await (const _ of room.history({ limit: 2 }));
await room.leave();
ann.close();
bob.close();
second.server.kill("SIGTERM");
await once(second.server, "exit");
rmSync(directory, { recursive: true });

const file = fileURLToPath(new URL("chat.recording", import.meta.url));
writeFileSync(file, recorder.text());
const { status, stdout, stderr } = spawnSync(kProgram, ["replay", file], { encoding: "utf8" });
if (status !== 0) throw new Error(stderr);
writeFileSync(fileURLToPath(new URL("chat.decisions", import.meta.url)), stdout);
