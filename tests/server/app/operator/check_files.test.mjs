// `check` finds what `serve` refuses of the files that it is to write, both change nothing on the disk then, and where a server
// runs or was killed they still tell right from wrong.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { app, binary, directoryOf, Server } from "../support/program.mjs";

const kNobody = 65534;
const isRoot = process.getuid() === 0;
const quiet = ["--listen", "127.0.0.1:0"];
const garbage = Buffer.from(Array.from({ length: 8192 }, (_, i) => (i * 7 + 3) & 255)).toString("latin1");

function made(files = {}) {
  const directory = directoryOf({ "app.json": app, ...files });
  return { directory, in: (name) => join(directory, name) };
}

/** Names, times, sizes and bytes of all that is in the directory. */
function contents(directory) {
  return readdirSync(directory, { recursive: true })
    .sort()
    .map((name) => {
      const { mtimeMs, size, mode } = lstatSync(join(directory, name));
      return [name, mtimeMs, size, mode, lstatSync(join(directory, name)).isFile() && readFileSync(join(directory, name), "hex")];
    });
}

function program(command, directory, args, { uid, path = binary } = {}) {
  const line = [command, join(directory, "app.json"), ...quiet, ...args];
  const env = { PATH: process.env.PATH };
  const ended = spawnSync(path, line, { encoding: "utf8", cwd: directory, env, uid, gid: uid, timeout: 30_000 });
  assert.ifError(ended.error);
  return ended;
}

function refused(directory, args, pattern, options) {
  const before = contents(directory);
  const ofDirectory = lstatSync(directory).mtimeMs;
  for (const command of ["check", "serve"]) {
    const { status, stderr, stdout } = program(command, directory, args, options);
    assert.equal(status, 1, `${command} ${args.join(" ")}: ${stdout}`);
    assert.match(stderr, pattern, command);
    assert.deepEqual(contents(directory), before, command);
    assert.equal(lstatSync(directory).mtimeMs, ofDirectory, command);
  }
}

function accepted(directory, args) {
  const before = contents(directory);
  const ofDirectory = lstatSync(directory).mtimeMs;
  const { status, stderr } = program("check", directory, args);
  assert.equal(status, 0, stderr);
  assert.deepEqual(contents(directory), before);
  assert.equal(lstatSync(directory).mtimeMs, ofDirectory);
}

async function served(directory, args, signal = "SIGTERM") {
  const server = await Server.start([join(directory, "app.json"), ...quiet, ...args]);
  await server.stop(signal);
}

const memory = ["--store", "memory:"];

test("receipts without an audit, and an audit where none is possible, are refused by both", () => {
  const { directory, in: at } = made({ garbage, text: "x" });
  mkdirSync(at("folder"));
  execFileSync("mkfifo", [at("pipe")]);
  refused(directory, [...memory, "--receipts", "10"], /^--receipts: .*--audit/);
  const cases = [
    ["none/audit.db", /^--audit: .*audit\.db: there is no directory/],
    ["folder", /^--audit: .*folder: this is not a file/],
    ["garbage", /^--audit: .*garbage: file is not a database/],
    ["pipe", /^--audit: .*pipe: this is not a file/],
    ["text/audit.db", /^--audit: .*there is no directory/],
  ];
  for (const [name, pattern] of cases) refused(directory, [...memory, "--audit", at(name)], pattern);
  accepted(directory, [...memory, "--audit", at("audit.db"), "--receipts", "10"]);
  accepted(directory, [...memory, "--audit", "audit.db"]);
});

test("a key that is invalid, missing, or not the audit's is refused by both", async () => {
  const { directory, in: at } = made({ garbage, "empty.pem": "" });
  mkdirSync(at("folder"));
  const audit = [...memory, "--audit", at("audit.db")];
  for (const name of ["garbage", "empty.pem"])
    refused(directory, [...audit, "--audit-key", at(name)], /^--audit-key: .*does not contain a private Ed25519 key/);
  refused(directory, [...audit, "--audit-key", at("folder")], /^--audit-key: .*this is not a file/);
  refused(directory, [...audit, "--audit-key", at("none/key")], /^--audit-key: .*there is no directory/);
  await served(directory, audit);
  accepted(directory, audit);
  accepted(directory, [...audit, "--audit-key", at("audit.db-key")]);
  execFileSync("openssl", ["genpkey", "-algorithm", "ed25519", "-out", at("other.pem")]);
  refused(directory, [...audit, "--audit-key", at("other.pem")], /^--audit: .*another key/);
  refused(directory, [...audit, "--audit-key", at("absent.pem")], /^--audit: .*absent\.pem/);
  rmSync(at("audit.db-key"));
  refused(directory, audit, /^--audit: .*audit\.db-key/);
});

test("a link to a file in a directory that is not there is refused by both, and one to a new file is taken", async () => {
  const { directory, in: at } = made();
  mkdirSync(at("folder"));
  symlinkSync("none/file.db", at("dangling"));
  symlinkSync("dangling", at("twice"));
  symlinkSync("folder/new.db", at("new"));
  symlinkSync("circle", at("circle"));
  for (const name of ["dangling", "twice"]) {
    refused(directory, ["--store", `sqlite:${at(name)}`], /there is no directory .*none/);
    refused(directory, [...memory, "--audit", at(name), "--audit-key", at("key")], /^--audit: .*there is no directory .*none/);
    refused(directory, [...memory, "--audit", at("audit.db"), "--audit-key", at(name)], /^--audit-key: .*there is no directory/);
  }
  refused(directory, ["--store", `sqlite:${at("circle")}`], /circle: the database cannot be opened/);
  refused(directory, [...memory, "--audit", at("circle"), "--audit-key", at("key")], /^--audit: .*circle/);
  const args = ["--store", `sqlite:${at("new")}`, "--audit", at("audit.db")];
  accepted(directory, args);
  await served(directory, args);
  assert.ok(lstatSync(at("folder/new.db")).isFile());
});

test("two settings with one address to listen on are refused by both", () => {
  const { directory } = made();
  const cases = [
    [["--admin-listen", "127.0.0.1:18080", "--metrics-listen", "localhost:18080"], /^--admin-listen: .*in --metrics-listen/],
    [["--tcp-listen", "127.0.0.1:18080", "--metrics-listen", "0.0.0.0:18080"], /^--tcp-listen: .*in --metrics-listen/],
    [["--tcp-listen", "[::]:18080", "--admin-listen", "127.0.0.1:18080"], /^--tcp-listen: .*in --admin-listen/],
  ];
  for (const [args, pattern] of cases) refused(directory, [...memory, ...args], pattern);
});

test("a file that another setting writes or reads, or that is another database, is refused by both", async () => {
  const { directory, in: at } = made({ "api.key": "k".repeat(40) });
  await served(directory, ["--store", `sqlite:${at("kept.db")}`]);
  const kept = ["--store", `sqlite:${at("kept.db")}`];
  refused(directory, [...memory, "--audit", at("kept.db")], /^--audit: .*not an audit of a server/);
  refused(directory, [...kept, "--audit", at("kept.db")], /^--audit .*--store/);
  refused(directory, [...kept, "--audit", "kept.db"], /^--audit .*--store/);
  refused(directory, ["--store", "sqlite:new.db", "--audit", "./new.db"], /^--audit .*--store/);
  refused(directory, [...kept, "--audit", at("kept.db-head")], /^--audit .*--store/);
  refused(directory, [...kept, "--record", at("kept.db")], /^--record .*--store/);
  refused(directory, [...memory, "--record", at("app.json")], /^--record .*app/);
  refused(directory, [...memory, "--api-key-file", at("api.key"), "--record", at("api.key")], /^--record .*--api-key-file/);
  refused(directory, [...memory, "--audit", "a.db", "--audit-key", "a.db"], /^--audit-key .*--audit/);
  refused(directory, [...memory, "--audit", "a.db", "--record", "a.db-key"], /^--record .*--audit/);
  await served(directory, [...memory, "--audit", at("audit.db")]);
  refused(directory, ["--store", `sqlite:${at("audit.db")}`], /another program/);
});

test("F-O3 a static directory with a file that the settings name or the server writes is refused by both", () => {
  const { directory, in: at } = made({ "api.key": "k".repeat(40) });
  mkdirSync(at("web/.private"), { recursive: true });
  writeFileSync(at("web/index.html"), "x");
  linkSync(at("api.key"), at("web/twin.txt"));
  const key = ["--api-key-file", at("api.key")];
  const cases = [
    [["--static", "."], /^--static \.: everybody could read .*dialogue\.db of --store/],
    [["--static", "web", "--store", "sqlite:web/new.db"], /web\/new\.db of --store/],
    [[...memory, "--static", "web", "--audit", at("web/audit.db")], /web\/audit\.db of --audit/],
    [[...memory, "--static", "web", "--audit", at("audit.db"), "--audit-key", at("web/key")], /web\/key of --audit-key/],
    [[...memory, "--static", "web", "--record", at("web/flight")], /web\/flight of --record/],
    [[...memory, "--static", ".", ...key], /api\.key of --api-key-file/],
    [[...memory, "--static", "web", ...key], /api\.key of --api-key-file/],
  ];
  for (const [args, pattern] of cases) refused(directory, args, pattern);
  accepted(directory, ["--static", "web", "--store", "sqlite:web/.private/kept.db"]);
  accepted(directory, ["--static", "web"]);
  accepted(directory, [...memory, "--static", "."]); // every client learns the definitions
});

test("a database with what a killed server has left is looked into, and left as it is", async () => {
  const { directory, in: at } = made();
  const args = ["--store", `sqlite:${at("kept.db")}`, "--audit", at("audit.db")];
  const server = await Server.start([at("app.json"), ...quiet, ...args]);
  const beside = program("check", directory, args);
  assert.equal(beside.status, 0, beside.stderr);
  await server.stop("SIGKILL");
  assert.ok(readdirSync(directory).includes("kept.db-wal"));
  assert.ok(readdirSync(directory).includes("audit.db-wal"));
  accepted(directory, args);
  refused(directory, [...memory, "--audit", at("kept.db")], /not an audit of a server/);
  refused(directory, ["--store", `sqlite:${at("audit.db")}`], /another program/);
  execFileSync("openssl", ["genpkey", "-algorithm", "ed25519", "-out", at("other.pem")]);
  refused(directory, [...args, "--audit-key", at("other.pem")], /another key/);
  await served(directory, args);
  accepted(directory, args);
});

test("a store's place that serve refuses is refused by check, and nothing is left beside it", () => {
  const { directory, in: at } = made({ garbage });
  mkdirSync(at("folder"));
  mkdirSync(at("kept.db-head"));
  refused(directory, ["--store", `sqlite:${at("garbage")}`], /not a database/);
  refused(directory, ["--store", `sqlite:${at("folder")}`], /cannot be opened/);
  refused(directory, ["--store", `sqlite:${at("kept.db")}`], /kept\.db-head/);
  refused(directory, ["--store", `sqlite:${at("fine.db")}`, "--audit", at("garbage")], /--audit/);
  refused(directory, ["--store", `sqlite:${at("fine.db")}`, "--tls-cert", at("garbage"), "--tls-key", at("garbage")], /garbage/);
  accepted(directory, ["--store", `sqlite:${at("a?b%20#c.db")}`, "--record", at("flight")]);
});

test("what this user may not write is refused by both", { skip: !isRoot && "needs root, to be somebody else" }, async () => {
  const { directory, in: at } = made();
  const place = directoryOf({}); // another user need not reach the directory of the build
  chmodSync(place, 0o755);
  const nobody = { uid: kNobody, path: join(place, "dialogue") };
  copyFileSync(binary, nobody.path);
  const args = [...memory, "--audit", at("audit.db")];
  chmodSync(directory, 0o755);
  refused(directory, args, /^--audit: .*Permission denied/, nobody);
  await served(directory, args);
  chmodSync(directory, 0o777);
  refused(directory, args, /^--audit(-key)?: .*Permission denied/, nobody);
  chmodSync(at("audit.db-key"), 0o644);
  refused(directory, args, /^--audit: .*Permission denied/, nobody);
  writeFileSync(at("flight.new"), "");
  chmodSync(at("flight.new"), 0o644);
  refused(directory, [...memory, "--record", at("flight")], /flight.*cannot be written/, nobody);
});

test("an address that this machine does not have is refused by both", () => {
  const { directory } = made();
  for (const flag of ["--listen", "--metrics-listen", "--tcp-listen"])
    refused(directory, [...memory, "--auth-anonymous", flag, "203.0.113.1:8080"], new RegExp(`^${flag}: cannot bind to 203`));
});

test("an address in use is found by serve alone", async () => {
  const { directory, in: at } = made();
  const server = await Server.start([at("app.json"), ...quiet, ...memory]);
  accepted(directory, [...memory, "--listen", `127.0.0.1:${server.port}`]);
  assert.equal(program("serve", directory, [...memory, "--listen", `127.0.0.1:${server.port}`]).status, 1);
  await server.stop();
});
