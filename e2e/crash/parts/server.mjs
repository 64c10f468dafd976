// The server under test as a child that can be killed at any moment: started on one directory again and again, alone or under
// strace. Used by everything in this directory.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { kPatienceMs } from "../../../tests/patience.mjs";
import { within } from "./waiting.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const outputCharsMax = 20_000;

/** The programs of the release build. */
export const programs = {
  dialogue: process.env.DIALOGUE_PROGRAM ?? here("../../../build/release/bin/dialogue"),
  mutant: here("../../../build/release/bin/dialogue_mutant"),
};
export const definitions = here("../app.json");

/** A fresh directory for a store and its traces; `keep` says whether it stays when the round is over. */
export function scratch(name) {
  const path = mkdtempSync(join(tmpdir(), `dialogue-${name}-`));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** A port that nobody listens on now. */
export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

export class Server {
  #child;
  #ended;
  #output = "";
  #options;

  /**
   * options: directory (of dialogue.db), store (instead of that), program, port (0: any), shards, env, args (more of them),
   * prefix (a command in front, such as strace and its options).
   */
  constructor(options) {
    const store = `sqlite:${join(options.directory, "dialogue.db")}`;
    const defaults = { program: programs.dialogue, port: 0, prefix: [], shards: 2, env: {}, args: [], app: definitions, store };
    this.#options = { ...defaults, ...options };
  }

  /** Starts it; resolves when it says where it listens, with how long that took in milliseconds. Rejects when it ends before. */
  async start({ prefix = this.#options.prefix, env = {} } = {}) {
    const { program, app, port, store, shards, args } = this.#options;
    const place = ["--listen", `127.0.0.1:${port}`, "--store", store, "--shards", `${shards}`];
    const serve = ["serve", app, ...place, "--drain-ms", "200"];
    const [command, ...rest] = [...prefix, program, ...serve, ...args];
    const began = performance.now();
    this.#output = "";
    const child = spawn(command, rest, {
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
      env: { ...process.env, ...this.#options.env, ...env },
    });
    this.#child = child;
    this.#ended = new Promise((resolve) => {
      child.on("error", (error) => resolve({ code: 127, signal: null, error }));
      child.on("close", (code, signal) => resolve({ code, signal }));
    });
    let listening;
    const heard = new Promise((resolve) => {
      listening = resolve;
    });
    const read = (chunk) => {
      this.#output = (this.#output + chunk).slice(-outputCharsMax);
      const found = /listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(this.#output);
      if (found) listening(found[1]);
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    const gone = this.#ended.then(({ code, signal, error }) => {
      throw new EndedEarly(`the server ended with ${signal ?? code} before it listened: ${error?.message ?? this.#output}`, code);
    });
    gone.catch(() => {});
    this.url = `http://127.0.0.1:${await within(kPatienceMs, Promise.race([heard, gone]), "the server to listen")}`;
    this.startMs = performance.now() - began;
    return this.startMs;
  }

  /** Resolves to { code, signal } when it has ended, by whatever. */
  get ended() {
    return this.#ended;
  }

  get output() {
    return this.#output;
  }

  get pid() {
    return this.#child.pid;
  }

  /** SIGKILL to the whole group, at once; resolves when it is gone. */
  async kill() {
    this.signal("SIGKILL");
    return within(kPatienceMs, this.#ended, "the killed server to be gone");
  }

  /** SIGTERM; resolves to how it ended. */
  async stop() {
    this.signal("SIGTERM");
    return within(kPatienceMs, this.#ended, "the server to end by SIGTERM");
  }

  signal(name) {
    try {
      process.kill(-this.#child.pid, name);
    } catch (error) {
      if (error.code !== "ESRCH") throw error; // it has ended by itself
    }
  }
}

/** The server ended before it listened. */
export class EndedEarly extends Error {
  constructor(message, code) {
    super(message);
    this.code = code;
  }
}
