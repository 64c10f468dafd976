// Names and places that no file can have, files that are pipes, and files that the program reads and would also write: `check`
// and `serve` refuse them with the same words.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { app, binary, directoryOf, run, Server } from "../support/program.mjs";

const quiet = ["--listen", "127.0.0.1:0"];

function made(files = {}) {
  const directory = directoryOf({ "app.json": app, ...files });
  return (name) => join(directory, name);
}

function refused(args, pattern) {
  for (const command of ["check", "serve"]) {
    const { status, stdout, stderr } = run([command, ...quiet, ...args]);
    assert.equal(status, 1, `${command} ${args.join(" ")}: ${stdout}`);
    assert.match(stderr, pattern, command);
  }
}

test("a store whose files cannot be made or named is refused", () => {
  const path = made();
  refused([path("app.json"), "--store", "sqlite:/proc/chat.db"], /\/proc\/chat\.db: the database cannot be (opened|written)/);
  refused([path("app.json"), "--store", `sqlite:${path("x".repeat(250))}`], /this name is too long for a database/);
  const deep = `sqlite:/tmp/${"./".repeat(300)}chat.db`;
  refused([path("app.json"), "--store", deep], /this name is too long for a database/);
  refused([path("app.json"), "--store", "sqlite:file:chat.db?mode=memory"], /SQLite would read this as a URI/);
});

test("a recording in the place of the configuration or of a socket is refused", () => {
  const path = made();
  const settings = path("dialogue.json");
  writeFileSync(settings, JSON.stringify({ app: path("app.json"), store: "memory:", record: settings }));
  refused(
    ["--config", settings],
    /--record .*dialogue\.json: this is the file of --config, and the two would overwrite each other/,
  );
  symlinkSync(path("kept.db"), path("link.db")); // what it names is not there yet
  const linked = ["--store", `sqlite:${path("link.db")}`, "--record", path("kept.db")];
  refused(
    [path("app.json"), ...linked],
    /--record .*kept\.db: this is the file of --store, and the two would overwrite each other/,
  );
  const socket = ["--record", path("admin.sock"), "--admin-listen", `unix:${path("admin.sock")}`];
  refused(
    [path("app.json"), "--store", "memory:", ...socket],
    /--record .*admin\.sock: this is the file of --admin-listen, and the two would overwrite each other/,
  );
});

test("a pipe without a writer does not block indefinitely", () => {
  const path = made();
  execFileSync("mkfifo", [path("pipe")]);
  refused(["--config", path("pipe")], /pipe: this is a pipe, and it sent nothing for 10 seconds/);
});

test("definitions and settings may come from a pipe that is written", () => {
  const path = made({ "dialogue.json": JSON.stringify({ store: "memory:" }) });
  const line = `"$0" check <(sleep 0.1; cat "$1") --config <(cat "$2") --listen 127.0.0.1:0`;
  const out = execFileSync("bash", ["-c", line, binary, path("app.json"), path("dialogue.json")], { encoding: "utf8" });
  assert.match(out, /1 event, 1 room, no fault/);
});

test("a pipe in the place of a drain's receipt is reported, and the server starts", async () => {
  const path = made();
  execFileSync("mkfifo", [path("chat.db-drain")]);
  const server = await Server.start([path("app.json"), ...quiet, "--store", `sqlite:${path("chat.db")}`]);
  await server.printed(/drain_receipt_unreadable/);
  assert.deepEqual(await server.stop(), [0, null]);
});

test("the definitions may follow a flag and its value", () => {
  const path = made();
  const { status, stdout, stderr } = run(["check", "--store", "memory:", path("app.json")]);
  assert.equal(status, 0, stderr);
  assert.match(stdout, /app\.json: 1 event, 1 room, no fault/);
  assert.equal(run(["check", path("app.json"), "--store", "memory:", "sqlite:chat.db"]).status, 2);
});

test("settings without definitions are checked as serve takes them", () => {
  const path = made({ "dialogue.json": JSON.stringify({ store: "memory:" }) });
  const { status, stdout } = run(["check", "--config", path("dialogue.json")]);
  assert.equal(status, 0);
  assert.match(stdout, /^No definitions: serve accepts any room and any event/);
  const open = run(["check", "--listen", "0.0.0.0:0", "--store", "memory:"]);
  assert.equal(open.status, 1);
  assert.match(open.stderr, /without definitions, any client may join any room/);
});
