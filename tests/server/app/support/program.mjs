// Runs the `dialogue` program for tests: once with its output, or as a server that is waited for and stopped.
// DIALOGUE_BIN names another build than build/release.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { EventEmitter, on, once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { kPatienceMs } from "../../../patience.mjs";

export const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..", "..");
export const binary = process.env.DIALOGUE_BIN ?? join(root, "build", "release", "bin", "dialogue");

/** The environment without what would change settings. */
const cleanEnvironment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("DIALOGUE_")));

/** Runs to the end: { status, stdout, stderr }. */
export function run(args, { input = "", env = {} } = {}) {
  const ended = spawnSync(binary, args, { input, encoding: "utf8", env: { ...cleanEnvironment, ...env }, timeout: kPatienceMs });
  assert.ifError(ended.error);
  return ended;
}

/** A directory of files, by name, for one test. */
export function directoryOf(files) {
  const directory = mkdtempSync(join(tmpdir(), "dialogue-cli-"));
  process.once("exit", () => rmSync(directory, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files))
    writeFileSync(join(directory, name), typeof content === "string" ? content : JSON.stringify(content));
  return directory;
}

/** Definitions that most tests serve. */
export const app = {
  events: {
    message: {
      schema: {
        type: "object",
        properties: { text: { type: "string", minLength: 1, maxLength: 2000 } },
        required: ["text"],
        additionalProperties: false,
      },
    },
  },
  rooms: { chat: { name: "Chat", maxSize: 50, events: ["message"] } },
};

// What a failed test has left running would keep its file from ending.
const running = new Set();
after(() => {
  for (const child of running) child.kill("SIGKILL");
});

/** `serve`, running. Its log lines are kept as text. */
export class Server {
  lines = [];
  #process;
  #ended;
  #printed = new EventEmitter();

  /**
   * Starts and waits until it listens. `shell`: what the shell that starts it runs before, as "ulimit -n 128". Another
   * `command` that goes on until it is stopped is `ready` when it says so. `program` is another program, by its whole command.
   */
  static async start(args, { env = {}, shell, command: name = "serve", program, ready = /listening on (https?:\S+)/ } = {}) {
    const server = new Server();
    const plain = [...(program ?? [binary, name]), ...args];
    const command = shell ? ["/bin/sh", "-c", `${shell}; exec "$0" "$@"`, ...plain] : plain;
    server.#process = spawn(command[0], command.slice(1), {
      env: { ...cleanEnvironment, DIALOGUE_STORE: "memory:", ...env },
      stdio: ["ignore", "pipe", name === "serve" ? "inherit" : "pipe"],
    });
    server.#ended = once(server.#process, "exit");
    running.add(server.#process);
    server.#process.once("exit", () => running.delete(server.#process));
    for (const input of [server.#process.stdout, server.#process.stderr])
      if (input)
        createInterface({ input }).on("line", (line) => {
          server.lines.push(line);
          server.#printed.emit("line", line);
        });
    await server.printed(ready);
    return server;
  }

  /** Where it listens, as it says itself. */
  get url() {
    return /listening on (https?:\/\/[^\s"]+)/.exec(this.lines.join("\n"))[1];
  }

  get pid() {
    return this.#process.pid;
  }

  get port() {
    return Number(new URL(this.url).port);
  }

  /** Sends a signal and waits for the end: [exit code, signal that ended it]. */
  async stop(signal = "SIGTERM") {
    this.#process.kill(signal);
    return this.#ended;
  }

  /** Sends a signal that does not end it. */
  signal(signal) {
    this.#process.kill(signal);
  }
  /** Sends a signal that does not end it, and waits for what it prints then. */
  async tell(signal, pattern) {
    const answer = this.printed(pattern, { anew: true });
    this.#process.kill(signal);
    return answer;
  }

  /** Resolves to the first line that matches, of those that were printed or, `anew`, of those that come. */
  async printed(pattern, { anew = false } = {}) {
    const before = anew ? undefined : this.lines.find((line) => pattern.test(line));
    if (before !== undefined) return before;
    // A bound for a server that never says it: no wait for time to pass.
    const signal = AbortSignal.timeout(kPatienceMs);
    const lines = on(this.#printed, "line", { signal });
    const ended = this.#ended.then(([code]) => {
      throw new Error(`ended with ${code} before it said ${pattern}\n${this.lines.join("\n")}`);
    });
    const found = (async () => {
      for await (const [line] of lines) if (pattern.test(line)) return line;
    })();
    return Promise.race([found, ended]);
  }
}

/** Asks until the answer holds, which is returned. */
export async function until(ask, holds) {
  const signal = AbortSignal.timeout(2 * kPatienceMs);
  for (;;) {
    const found = await ask();
    if (holds(found)) return found;
    assert.ok(!signal.aborted, `it never held: ${JSON.stringify(found)}`);
    await new Promise(setImmediate); // an answer without I/O must not keep everything else waiting
  }
}

/** Keeps the lock of a SQLite database until it is released, as a process that writes does. */
export async function holdDatabase(path) {
  const script =
    "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None); c.execute('BEGIN IMMEDIATE'); " +
    "print('held', flush=True); sys.stdin.read(); c.execute('ROLLBACK')";
  const holder = spawn("python3", ["-c", script, path], { stdio: ["pipe", "pipe", "inherit"] });
  await once(holder.stdout, "data");
  return async () => {
    const ended = once(holder, "exit");
    holder.stdin.end();
    await ended;
  };
}
