// The locks that a server holds on its databases, before and after whatever it is asked to do: without them another program that
// only reads the database takes its write-ahead log away.
import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { app, directoryOf, run, Server } from "../support/program.mjs";

const kKey = "k".repeat(40);

/** Of these files, those on which the process holds a POSIX lock. */
function lockedBy(pid, files) {
  const lines = readFileSync("/proc/locks", "utf8").split("\n");
  const fields = lines.map((line) => line.replace("-> ", "").trim().split(/\s+/));
  const inodes = fields.filter(([, kind, , , owner]) => kind === "POSIX" && Number(owner) === pid).map((each) => each[5]);
  return files.filter((file) => inodes.some((inode) => inode.endsWith(`:${statSync(file).ino}`)));
}

test("F-O1 nothing that a running server is asked to do ends its locks, and a restore is refused", async () => {
  const directory = directoryOf({ "app.json": app, keys: `${kKey}\n` });
  const at = (name) => join(directory, name);
  const args = ["--listen", "127.0.0.1:0", "--api-key-file", at("keys"), "--store", `sqlite:${at("kept.db")}`];
  args.push("--audit", at("kept.db.audit"), "--record", at("flight"), "--auth-hs256-env", "TOKENS");
  const server = await Server.start([at("app.json"), ...args], { env: { TOKENS: "t".repeat(40) } });
  const files = ["kept.db", "kept.db-head", "kept.db-shm", "kept.db.audit", "kept.db.audit-shm"].map(at);
  const call = async (method, path, body) => {
    const answer = await fetch(`${server.url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${kKey}`, ...(body && { "content-type": "application/json" }) },
      body: body && JSON.stringify(body),
    });
    assert.ok(answer.status < 400, `${method} ${path}: ${answer.status} ${await answer.text()}`);
  };
  const dialogue = (...line) => assert.equal(run(line).status, 0, line.join(" "));
  const publish = () => call("POST", "/rooms/chat/events", { event: "message", from: "ann", data: { text: "Hi" } });
  await publish();
  const held = lockedBy(server.pid, files);
  assert.deepEqual(held, files);
  for (const [what, ask] of [
    ["publish", publish],
    ["history", () => call("GET", "/rooms/chat/history")],
    ["rooms", () => call("GET", "/rooms")],
    ["erasure", () => call("DELETE", "/users/ann/data")],
    ["erasure of nobody", () => call("DELETE", "/users/nobody/data")],
    ["revocation", () => call("POST", "/revocations", { user: "ann" })],
    ["disconnection", () => call("DELETE", "/users/ann/connections")],
    ["reload", () => call("POST", "/reload")],
    ["store check", () => dialogue("store", "check", at("kept.db"))],
    ["store backup", () => dialogue("store", "backup", at("kept.db"), at("backup.db"))],
    ["audit verify", () => dialogue("audit", "verify", at("kept.db.audit"))],
  ]) {
    await ask();
    assert.deepEqual(lockedBy(server.pid, files), held, what);
  }
  const { status, stderr } = run(["store", "restore", at("backup.db"), at("kept.db")]);
  assert.equal(status, 1);
  assert.match(stderr, /kept\.db/);
  await server.stop();
});
