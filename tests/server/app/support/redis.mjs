// A Redis server of a test's own: in a new directory, on a free port of loopback, with an append-only file that is synced
// with each write. Ends with the test.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kPatienceMs } from "../../../patience.mjs";

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

export class RedisServer {
  #directory = mkdtempSync(join(tmpdir(), "dialogue-redis-"));
  #port;
  #process;

  static async start() {
    const server = new RedisServer();
    server.#port = await freePort();
    process.once("exit", () => server.#remove());
    await server.run();
    return server;
  }

  get url() {
    return `redis://127.0.0.1:${this.#port}`;
  }

  /** Starts it again after stop(), and waits until it has its data and takes connections. */
  async run() {
    const place = ["--port", `${this.#port}`, "--bind", "127.0.0.1", "--dir", this.#directory];
    const flags = [...place, "--save", "", "--appendonly", "yes", "--appendfsync", "always"];
    this.#process = spawn("redis-server", flags, { stdio: ["ignore", "pipe", "ignore"] });
    await once(this.#process, "spawn");
    let said = "";
    for await (const text of this.#process.stdout.setEncoding("utf8").iterator({ destroyOnReturn: false })) {
      said += text;
      if (said.includes("Ready to accept connections")) break;
    }
    assert.match(said, /Ready to accept connections/);
    this.#process.stdout.resume();
  }

  /** Whether an entry of a stream below a prefix has the text. */
  holds(prefix, text) {
    const ask = (...words) => spawnSync("redis-cli", ["-p", `${this.#port}`, ...words], { encoding: "utf8", maxBuffer: 1 << 28 });
    const keys = ask("--scan", "--pattern", `${prefix}*`).stdout.split("\n").filter(Boolean);
    assert.ok(keys.length > 0);
    return keys.some((key) => ask("XRANGE", key, "-", "+").stdout.includes(text));
  }

  /** Stops it in the middle of what it does, until resume(). */
  pause() {
    this.#process.kill("SIGSTOP");
  }
  resume() {
    this.#process.kill("SIGCONT");
  }

  /** "SIGTERM" ends it in order, "SIGKILL" as a crash would. */
  async stop(signal = "SIGTERM") {
    const ended = once(this.#process, "exit", { signal: AbortSignal.timeout(kPatienceMs) });
    this.#process.kill(signal);
    await ended;
  }

  #remove() {
    this.#process?.kill("SIGKILL");
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
