// The flight recorder from outside: a server that records, what a client said to it, and `dialogue replay` of that.
import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { FrameClient, frames } from "./support/frame_client.mjs";
import { app, directoryOf, root, run, Server } from "./support/program.mjs";

const directory = directoryOf({ "app.json": app });
const serving = [join(directory, "app.json"), "--listen", "127.0.0.1:0"];
const kFileMode = 0o777;

/** Two people talk in one room of a server with `more` settings; what is done before they leave may be given. */
async function talk(file, more, before = async () => undefined) {
  const server = await Server.start([...serving, "--record", file, ...more]);
  const people = await Promise.all(["ann", "bob"].map(() => FrameClient.connect(server.url)));
  await Promise.all(people.map((person, index) => person.greet(["ann", "bob"][index], "p")));
  for (const person of people) {
    const [, , room] = await person.ask([2, 1, 0, 0, 0, "chat", {}], frames.joined);
    await person.ask([4, room, 1, 1, 0, { text: "a secret plan" }], frames.ack);
  }
  await before(server);
  await Promise.all(people.map((person) => person.close()));
  assert.deepEqual(await server.stop(), [0, null]);
}

test("a server's recording replays to the same decisions and shows each publication", async () => {
  const file = join(directory, "flight.rec");
  await talk(file, ["--shards", "3"]);
  assert.equal(statSync(file).mode & kFileMode, 0o600);
  const { status, stdout, stderr } = run(["replay", file]);
  assert.equal(status, 0, stderr);
  assert.match(stdout, /\d+ inputs, \d+ decisions\. The same decisions as recorded\.\n$/);
  assert.match(stdout, /^\d\.\d+ \["received",.*\[4,\d+,1,1,0,\{\\"text\\":\\"x{13}\\"\}\]"\]\n/m);
  assert.match(stdout, /^ {2}ask the store in memory \(\d+\): append chat 1\.\.1 \(producers: 1\)$/m);
  assert.match(stdout, /^ {2}send \d+ \[36,.*"ann",0,\{"text":"xxxxxxxxxxxxx"\}\]$/m);
  assert.match(stdout, /^ {2}send \d+ \[38,/m);
  assert.doesNotMatch(readFileSync(file, "utf8"), /secret plan/);
});

test("a recording has payloads on request, in a durable room too", async () => {
  const file = join(directory, "payloads.rec");
  await talk(file, ["--shards", "2", "--record-payloads", "--store", `sqlite:${join(directory, "talk.db")}`]);
  const { status, stdout } = run(["replay", file]);
  assert.equal(status, 0);
  assert.match(stdout, /"text":"a secret plan"/);
  assert.match(stdout, /ask the store \(\d+\): append chat/);
  assert.match(stdout, /The same decisions as recorded\.\n$/);
});

test("P-11 SIGUSR1 writes the recording while the server continues", async () => {
  const file = join(directory, "usr1.rec");
  await talk(file, ["--shards", "2"], async (server) => {
    assert.ok(!existsSync(file));
    await server.tell("SIGUSR1", /recording_written/);
    const { status, stdout } = run(["replay", file]);
    assert.equal(status, 0);
    assert.match(stdout, /The same decisions as recorded(\.|, as far as the recording goes: .*)\n$/);
    assert.ok((await fetch(`${server.url}/health`)).ok);
  });
});

test("a replay can be narrowed to a shard or a connection", async () => {
  const file = join(directory, "narrow.rec");
  await talk(file, ["--shards", "2"]);
  const all = run(["replay", file]).stdout;
  const own = run(["replay", file, "--shard", "1"]).stdout;
  assert.match(all, /^0\.1 /m);
  assert.match(own, /^1\.1 /m);
  assert.doesNotMatch(own, /^0\./m);
  const id = /it is connection (\d+)/.exec(all)[1];
  const about = run(["replay", file, "--connection", id]).stdout;
  assert.match(about, new RegExp(`it is connection ${id}`));
  assert.doesNotMatch(about, /\["tick",.*\n(?! {2})/); // only with decisions about the connection
});

test("P-11 replay refuses an incomplete or invalid recording, and names the line", () => {
  for (const [name, text, expected] of [
    ["nothing", "", /nothing: line 1: the file is empty\./],
    [
      "words",
      "hello\n",
      /words: line 1: this is not a recording\. Make one with `dialogue serve --record FILE`, or with createRecorder\(\)/,
    ],
    ["version", '["dialogue-recording",9]\n', /version: line 1: it is of version 9, and this program reads version 2\./],
    ["cut", '["dialogue-recording",2,3\n', /cut: line 1: the first line is cut or damaged\./],
  ]) {
    const path = join(directory, name);
    writeFileSync(path, text);
    const { status, stdout, stderr } = run(["replay", path]);
    assert.equal(status, 1);
    assert.equal(stdout, "");
    assert.match(stderr, expected);
  }
  assert.match(run(["replay", join(directory, "not-there")]).stderr, /not-there: the file cannot be read: No such file/);
});

test("a recording that cannot be written stops the start", () => {
  const file = join(directory, "nowhere", "flight.rec");
  const { status, stderr } = run(["serve", ...serving, "--store", "memory:", "--record", file]);
  assert.equal(status, 1);
  assert.match(stderr, /nowhere\/flight\.rec: the file cannot be written: No such file or directory\. Name a file in a/);
});

test("a client's recording is replayed by the same command, to the decisions that were recorded", () => {
  const recordings = join(root, "tests", "client-wasm", "recordings");
  const file = join(recordings, "chat.recording");
  const { status, stdout } = run(["replay", file]);
  assert.equal(status, 0);
  assert.equal(stdout, readFileSync(join(recordings, "chat.decisions"), "utf8"));
  assert.match(run(["replay", file, "--shard", "0"]).stderr, /has neither shards/);
  const cut = join(
    directoryOf({ "cut.recording": readFileSync(file, "utf8").split("\n").slice(0, 9).join("\n") }),
    "cut.recording",
  );
  const refused = run(["replay", cut]);
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /cut\.recording: line 9: .*cut here/);
});
