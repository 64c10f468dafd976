// F-F05: the walk through a connection in docs/protocol.md, said line by line to a server, and its JavaScript, run as it stands.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { kPatienceMs } from "../../tests/patience.mjs";
import { FrameClient } from "../../tests/server/app/support/frame_client.mjs";
import { Server } from "../../tests/server/app/support/program.mjs";

const read = (path) => readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), "utf8");
const guide = read("docs/protocol.md");
const [, definitions] = /<!-- snippet: definitions -->\n```json\n([\s\S]*?)```/.exec(read("docs/guides/getting-started.md"));
const [, walk] = /```text\n(> [\s\S]*?)```/.exec(guide);
const [, code] = /```js\n([\s\S]*?)```/.exec(guide);
const directory = mkdtempSync(join(tmpdir(), "dialogue-protocol-"));
let server;

before(async () => {
  writeFileSync(join(directory, "app.json"), definitions);
  server = await Server.start([join(directory, "app.json"), "--listen", "127.0.0.1:0"]);
});
after(async () => {
  await server?.stop();
  rmSync(directory, { recursive: true, force: true });
});

/** What differs from run to run: sessions, secrets, fingerprints, epochs, times. */
function plain(frame) {
  const [type, ...rest] = frame;
  const kept = { 33: [0, 1, 3, 5], 34: [0, 3, 4, 5], 36: [1, 2, 4, 5, 6], 38: [1, 3, 5], 39: [1, 2, 3, 4], 35: [0, 2] }[type];
  return [type, ...kept.map((at) => rest[at]), ...Object.keys(rest.at(-1) ?? {})];
}

test("F-F05 the protocol's walk through a connection is what a server sends", async () => {
  const client = await FrameClient.connect(server.url);
  let room;
  const asFrame = (text) => JSON.parse(text.replace(/\bROOM\b/g, room ?? 0));
  for (const line of walk.trim().split("\n")) {
    if (line.startsWith("> ")) {
      client.say(asFrame(line.slice(2)));
      continue;
    }
    const expected = asFrame(line.slice(2));
    const heard = await client.hear(expected[0]);
    if (heard[0] === 34) room = heard[2];
    assert.deepEqual(plain(heard), plain(expected), line);
  }
  await client.close();
});

test("F-F05 the protocol's JavaScript runs unchanged", async () => {
  mkdirSync(join(directory, "node_modules"));
  symlinkSync(fileURLToPath(new URL("../../js/node_modules/ws", import.meta.url)), join(directory, "node_modules/ws"));
  const file = join(directory, "walk.mjs");
  writeFileSync(file, code.replace("ws://127.0.0.1:8080", server.url.replace("http", "ws")));
  const { stdout } = await promisify(execFile)(process.execPath, [file], { encoding: "utf8", timeout: kPatienceMs });
  assert.match(stdout, /^welcome, ann\n/);
  assert.match(stdout, /^number 1 is at \d+$/m);
  assert.match(stdout, /^\d+ ann: Hello$/m);
});
