// Runs the `dialogue` program for tests: once with its output, or as a server that is waited for and stopped.
// DIALOGUE_BIN names another build than build/release.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..", "..");
const binary = process.env.DIALOGUE_BIN ?? join(root, "build", "release", "bin", "dialogue");

const kDeadlineMs = 30_000;

/** The environment without what would change settings. */
const cleanEnvironment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("DIALOGUE_")));

/** Runs to the end: { status, stdout, stderr }. */
export function run(args, { input = "", env = {} } = {}) {
  const ended = spawnSync(binary, args, { input, encoding: "utf8", env: { ...cleanEnvironment, ...env }, timeout: kDeadlineMs });
  assert.ifError(ended.error);
  return ended;
}

/** A directory of files, by name, for one test. */
export function directoryOf(files) {
  const directory = mkdtempSync(join(tmpdir(), "dialogue-cli-"));
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

/** `serve`, running. Its log lines are kept as text. */
export class Server {
  lines = [];
  #process;
  #ended;

  /** Starts and waits until it listens. */
  static async start(args, { env = {} } = {}) {
    const server = new Server();
    server.#process = spawn(binary, ["serve", ...args], {
      env: { ...cleanEnvironment, DIALOGUE_STORE: "memory:", ...env },
      stdio: ["ignore", "pipe", "inherit"],
    });
    server.#ended = once(server.#process, "exit");
    await server.#readUntil(/listening on (http:\S+)/);
    return server;
  }

  /** Where it listens, as it says itself. */
  get url() {
    return /listening on (http:\/\/[^\s"]+)/.exec(this.lines.join("\n"))[1];
  }

  /** Sends a signal and waits for the end: [exit code, signal that ended it]. */
  async stop(signal = "SIGTERM") {
    this.#process.kill(signal);
    return this.#ended;
  }

  #readUntil(pattern) {
    return new Promise((resolve, reject) => {
      // A bound for a server that never says it: no wait for time to pass.
      const timer = setTimeout(() => reject(new Error(`not seen: ${pattern}\n${this.lines.join("\n")}`)), kDeadlineMs);
      let rest = "";
      this.#process.stdout.setEncoding("utf8").on("data", (chunk) => {
        const parts = (rest + chunk).split("\n");
        rest = parts.pop();
        this.lines.push(...parts);
        if (!parts.some((line) => pattern.test(line))) return;
        clearTimeout(timer);
        resolve();
      });
      this.#process.once("exit", (code) => {
        clearTimeout(timer);
        reject(new Error(`ended with ${code} before it listened`));
      });
    });
  }
}
