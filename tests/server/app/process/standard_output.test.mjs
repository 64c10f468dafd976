// What a command prints and cannot write: a full disk is a failure that it names, a reader that has gone is none.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { kPatienceMs } from "../../../patience.mjs";
import { app, binary, directoryOf, Server } from "../support/program.mjs";

const directory = directoryOf({ "app.json": app, keys: `the-observer observe ${"o".repeat(40)}` });
const definitions = join(directory, "app.json");
const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("DIALOGUE_")));
const kFull = "dialogue: cannot write to standard output: No space left on device\n";

/** A line of bash, in which $DIALOGUE is the program. */
function shell(line, env = {}) {
  const ended = spawnSync("bash", ["-c", line], {
    env: { ...environment, DIALOGUE: binary, ...env },
    encoding: "utf8",
    timeout: kPatienceMs,
  });
  assert.ifError(ended.error);
  return ended;
}

test("every command reports that standard output is full, and exits with 1", async () => {
  const store = `sqlite:${join(directory, "full.db")}`;
  const audit = join(directory, "audit.db");
  const key = "o".repeat(40);
  const where = ["--listen", "127.0.0.1:0", "--store", store, "--audit", audit, "--api-key-file", join(directory, "keys")];
  const server = await Server.start([definitions, ...where, "--dev"]);
  shell(`"$DIALOGUE" publish ${server.url} chat message '{"text":"one"}' --user ann`);
  const commands = [
    "--help",
    "version",
    `check ${definitions}`,
    `config ${definitions}`,
    `codegen ${definitions} --ts -`,
    `audit ${audit} --json`,
    `audit verify ${audit}`,
    `export --user ann --store ${store}`,
    `health ${server.url}`,
    `rooms ${server.url}`,
    `tail ${server.url} chat --since start --count 3`, // in a room that stays quiet
    `publish ${server.url} chat message '{"text":"two"}' --json`,
    `top ${server.url} --once --key-env KEY`,
    `why ${server.url} chat 1 ann --key-env KEY`,
  ];
  for (const command of commands) {
    const ended = shell(`"$DIALOGUE" ${command} > /dev/full`, { KEY: key });
    assert.equal(ended.stderr, kFull, command);
    assert.equal(ended.status, 1, command);
  }
  assert.deepEqual(await server.stop(), [0, null]);
});

test("a command whose reader closes ends silently, without a signal", () => {
  for (const command of [`codegen ${definitions} --ts -`, "--help", `check ${definitions}`]) {
    const gone = 'mkfifo "$FIFO"; exec 4<>"$FIFO" 5>"$FIFO" 4<&-'; // the pipe that is 5 has no reader
    const ended = shell(`${gone}; "$DIALOGUE" ${command} >&5; echo "$?" >&2; rm "$FIFO"`, { FIFO: join(directory, "fifo") });
    assert.equal(ended.stderr, "0\n", command);
  }
});
