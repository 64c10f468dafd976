// The program under a service manager: notifications, the watchdog, and a listening socket that outlives it.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { FrameClient, frames } from "../server/app/support/frame_client.mjs";
import { app, directoryOf, run } from "../server/app/support/program.mjs";
import { binary, Manager, root } from "./kit.mjs";

const units = join(root, "packaging", "systemd");

function place() {
  const directory = directoryOf({ "app.json": app });
  return [join(directory, "app.json"), "--store", `sqlite:${join(directory, "rooms.db")}`];
}

test("a service manager is notified of readiness, a reload, the watchdog and the end", async () => {
  const manager = await Manager.begin(place(), { watchdogMs: 500 });
  manager.say("start");
  assert.equal((await manager.notified(/^READY=1\n/)).notify, "READY=1\nSTATUS=Serving");
  await manager.notified(/^WATCHDOG=1$/);
  const before = manager.lines.length;
  await manager.notified(/^WATCHDOG=1$/, before); // and again
  const reload = manager.lines.length;
  manager.say("SIGHUP");
  assert.match((await manager.notified(/^RELOADING=1/, reload)).notify, /^RELOADING=1\nMONOTONIC_USEC=\d+$/);
  await manager.notified(/^READY=1/, reload);
  manager.say("SIGTERM");
  const { notify } = await manager.notified(/^STOPPING=1/);
  assert.equal(Number(/EXTEND_TIMEOUT_USEC=(\d+)/.exec(notify)[1]), 9_500_000);
  assert.equal((await manager.hear((line) => line.exited !== undefined)).exited, 0);
  manager.end();
});

test("a connection during a restart waits in the socket, and is served by the next program", async (t) => {
  const manager = await Manager.begin([...place(), "--listen", "127.0.0.1:1"]); // the socket's address is used instead
  manager.say("start");
  await manager.notified(/^READY=1/);
  const ann = await FrameClient.connect(manager.url);
  await ann.greet("ann", "p");
  const [, , room] = await ann.ask([frames.join, 1, 0, 0, 0, "chat", {}], frames.joined);
  await ann.ask([frames.publish, room, 1, 1, 0, { text: "before" }], frames.ack);
  const lastAck = performance.now();
  manager.say("SIGTERM");
  await ann.hear(frames.bye);
  ann.terminate();
  assert.equal((await manager.hear((line) => line.exited !== undefined)).exited, 0);

  const waiting = FrameClient.connect(manager.url); // nobody accepts it
  manager.say("start");
  const bob = await waiting;
  await bob.greet("bob", "p");
  t.diagnostic(`from the last ACK to the first WELCOME: ${Math.round(performance.now() - lastAck)} ms`);
  const joined = await bob.ask([frames.join, 1, 1, 0, 10, "chat", {}], frames.joined);
  assert.equal(joined[5], 1, "the store's head");
  bob.terminate();
  manager.say("SIGTERM");
  await manager.hear((line) => line.exited !== undefined, manager.lines.length);
  manager.end();
});

test("an invalid socket, and several sockets, are refused with the reason", () => {
  const refused = (env, redirect) =>
    spawnSync("/bin/sh", ["-c", `LISTEN_PID=$$; export LISTEN_PID; exec "$0" serve ${redirect}`, binary], {
      env: { ...process.env, DIALOGUE_STORE: "memory:", ...env },
      encoding: "utf8",
    });
  const file = refused({ LISTEN_FDS: "1" }, "3</dev/null");
  assert.equal(file.status, 1);
  assert.match(file.stderr, /is not a TCP socket that listens.*Accept=no/s);
  const several = refused({ LISTEN_FDS: "2" }, "");
  assert.equal(several.status, 1);
  assert.match(several.stderr, /passes 2 sockets/);
});

test("the units are valid, and expose little", () => {
  const directory = directoryOf({});
  const unit = readFileSync(join(units, "dialogue.service"), "utf8");
  const socket = readFileSync(join(units, "dialogue.socket"), "utf8");
  writeFileSync(join(directory, "dialogue.service"), unit.replace("/usr/bin/dialogue", binary));
  writeFileSync(join(directory, "dialogue.socket"), socket);
  const verified = spawnSync("systemd-analyze", ["verify", "--man=no", join(directory, "dialogue.socket")], { encoding: "utf8" });
  assert.equal(verified.status, 0, verified.stderr);
  assert.equal(verified.stderr, "");
  const command = ["security", "--offline=true", "--threshold=15", join(directory, "dialogue.service")];
  const security = spawnSync("systemd-analyze", command, { encoding: "utf8" });
  assert.equal(security.status, 0, security.stdout);
  assert.match(security.stdout, /Overall exposure level for dialogue\.service: (0\.\d|1\.[0-5])/);
});

test("the service's own command line is accepted", () => {
  const etc = join(root, "packaging", "etc");
  const [, command] = /^ExecStart=\/usr\/bin\/dialogue serve --config (\S+)$/m.exec(
    readFileSync(join(units, "dialogue.service"), "utf8"),
  );
  assert.equal(command, "/etc/dialogue/dialogue.json");
  const directory = directoryOf({});
  const config = JSON.parse(readFileSync(join(etc, "dialogue.json"), "utf8"));
  const here = { ...config, app: join(etc, "app.json"), store: `sqlite:${join(directory, "dialogue.db")}` };
  writeFileSync(join(directory, "dialogue.json"), JSON.stringify(here));
  const checked = run(["check", "--config", join(directory, "dialogue.json")]);
  assert.equal(checked.status, 0, checked.stderr);
  assert.match(checked.stdout, /1 event, 1 room, no fault/);
});

test("the system calls of a whole life are those that the unit allows", async () => {
  const directory = directoryOf({ "app.json": app });
  const calls = join(directory, "calls");
  const traced = join(directory, "dialogue");
  writeFileSync(traced, `#!/bin/sh\nexec strace -f --summary-only --summary-columns=name -o ${calls} ${binary} "$@"\n`, {
    mode: 0o755,
  });
  const { Server } = await import("../server/app/support/program.mjs");
  const server = await Server.start([join(directory, "app.json"), "--store", `sqlite:${join(directory, "rooms.db")}`], {
    program: [traced, "serve"],
    env: { DIALOGUE_LISTEN: "127.0.0.1:0" },
  });
  const ann = await FrameClient.connect(server.url);
  await ann.greet("ann", "p");
  const [, , room] = await ann.ask([frames.join, 1, 0, 0, 0, "chat", {}], frames.joined);
  await ann.ask([frames.publish, room, 1, 1, 0, { text: "hi" }], frames.ack);
  await ann.close();
  // The program itself: strace would leave it alone.
  const child = readFileSync(`/proc/${server.pid}/task/${server.pid}/children`, "utf8").trim();
  process.kill(Number(child), "SIGTERM");
  await server.stop(0);
  const listOf = (...sets) => {
    const { stdout } = spawnSync("systemd-analyze", ["syscall-filter", ...sets], { encoding: "utf8" });
    return stdout.split("\n").flatMap((line) => /^ {4}(@?[a-z0-9_-]+)$/.exec(line)?.[1] ?? []);
  };
  const namesOf = (set) => listOf(set).flatMap((name) => (name.startsWith("@") ? namesOf(name) : [name]));
  const denied = new Set([...namesOf("@privileged"), ...namesOf("@resources")]);
  const allowed = new Set(["execve", ...namesOf("@default"), ...namesOf("@system-service")].filter((name) => !denied.has(name)));
  const used = readFileSync(calls, "utf8")
    .split("\n")
    .map((line) => line.trim());
  const names = used.filter((line) => /^[a-z]\w+$/.test(line) && !["syscall", "total"].includes(line));
  assert.ok(names.length > 30, `${used}`);
  // The limits are the unit's own; SQLite changes the owner of its files as root only.
  const harmless = ["setrlimit", "mbind", "fchown"];
  assert.deepEqual(
    names.filter((name) => !allowed.has(name) && !harmless.includes(name)),
    [],
  );
});
