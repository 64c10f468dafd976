// Makes two_people.rec and two_people.expected anew: node tests/server/core/recordings/two_people.mjs, after `npm run build`.
// Ann and Bob on a server of three shards: they talk, Bob is refused, Ann says a thing twice, is lost and comes back.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { FrameClient, frames } from "../../app/support/frame_client.mjs";
import { app } from "../../app/support/program.mjs";

const file = (name) => fileURLToPath(new URL(name, import.meta.url));
const kProgram = process.env.DIALOGUE_PROGRAM ?? file("../../../../build/release/bin/dialogue");
const directory = mkdtempSync(join(tmpdir(), "dialogue-recording-"));
writeFileSync(join(directory, "app.json"), JSON.stringify(app));

const args = ["serve", join(directory, "app.json"), "--listen", "127.0.0.1:0", "--shards", "3", "--store", "memory:"];
const server = spawn(kProgram, [...args, "--record", file("two_people.rec")], { stdio: ["ignore", "pipe", "inherit"] });
let port;
for await (const line of createInterface(server.stdout)) if ((port = /127\.0\.0\.1:(\d+)/.exec(line)?.[1])) break;
server.stdout.resume();

const { ack, event, joined, nack, reply } = frames;
const url = `http://127.0.0.1:${port}`;
const [ann, bob] = [await FrameClient.connect(url), await FrameClient.connect(url)];
const { resume } = await ann.greet("ann", "pann");
await bob.greet("bob", "pbob");
const [, , room, epoch] = await ann.ask([2, 1, 0, 0, 0, "chat", {}], joined);
await bob.ask([2, 1, 0, 0, 0, "chat", {}], joined);
await ann.ask([4, room, 1, 1, 0, { text: "Hello Bob" }], ack);
await bob.hear(event);
await bob.ask([4, room, 1, 1, 0, { text: "Hello Ann" }], ack);
await bob.ask([4, room, 1, 2, 0, { words: "not as defined" }], nack);
await ann.ask([4, room, 1, 1, 0, { text: "Hello Bob" }], ack);
await ann.ask([4, room, 1, 1, 0, { text: "Hello Eve" }], nack);
await ann.ask([7, 5, room, 1, 10, 0], reply);
ann.terminate();
await bob.ask([4, room, 1, 3, 0, { text: "Are you there" }], ack);
const again = await FrameClient.connect(url);
await again.greet("ann", "pann", resume);
await again.ask([2, 2, 2, epoch, 2, "chat", {}], joined);
await again.ask([4, room, 1, 2, 0, { text: "I am back" }], ack);
for (const client of [again, bob]) await client.close();
server.kill("SIGTERM");
await once(server, "exit");
rmSync(directory, { recursive: true });

const { status, stdout, stderr } = spawnSync(kProgram, ["replay", file("two_people.rec")], { encoding: "utf8" });
if (status !== 0) throw new Error(stderr || stdout.split("\n").at(-2));
writeFileSync(file("two_people.expected"), stdout);
process.exit();
