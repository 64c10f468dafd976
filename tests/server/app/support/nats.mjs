// A NATS server of a test's own, on a free port of loopback. Ends with the test.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { kPatienceMs } from "../../../patience.mjs";

const program = "/usr/sbin/nats-server";

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

export class NatsServer {
  #port;
  #process;

  static async start() {
    const server = new NatsServer();
    server.#port = await freePort();
    process.once("exit", () => server.#process?.kill("SIGKILL"));
    await server.run();
    return server;
  }

  get url() {
    return `nats://127.0.0.1:${this.#port}`;
  }

  /** Starts it again after stop(), and waits until it takes connections. */
  async run() {
    this.#process = spawn(program, ["--addr", "127.0.0.1", "--port", `${this.#port}`], { stdio: ["ignore", "ignore", "pipe"] });
    await once(this.#process, "spawn");
    let said = "";
    for await (const text of this.#process.stderr.setEncoding("utf8").iterator({ destroyOnReturn: false })) {
      said += text;
      if (said.includes("Server is ready")) break;
    }
    assert.match(said, /Server is ready/);
    this.#process.stderr.resume();
  }

  async stop() {
    const ended = once(this.#process, "exit", { signal: AbortSignal.timeout(kPatienceMs) });
    this.#process.kill("SIGKILL");
    await ended;
  }
}
