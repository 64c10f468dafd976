// The server under attack: the stock program as it is deployed behind a proxy, with the default limits, so that an attacker's
// address counts; and what it takes of the machine.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Server, scratch } from "../../crash/parts/server.mjs";
import { signingSecret } from "./tokens.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const kibPerMib = 1024;

export class Subject {
  #directory = scratch("abuse");
  #server;

  /** Starts it with more options of Server (crash/parts/server.mjs). */
  async start({ args, ...options }) {
    const proxied = ["--proxy-protocol", "--trusted-proxy", "127.0.0.1", "--auth-hs256-env", "ABUSE_SECRET"];
    const lines = ["--tcp-listen", "127.0.0.1:0"];
    this.#server = new Server({
      app: here("../app.json"),
      directory: this.#directory.path,
      args: [...proxied, ...lines, "--log", "json", ...args],
      env: { ABUSE_SECRET: signingSecret },
      ...options,
    });
    await this.#server.start();
    this.port = Number(new URL(this.#server.url).port);
    this.tcpPort = Number(/"tcp":"tcp:\/\/127\.0\.0\.1:(\d+)"/.exec(this.#server.output)[1]);
  }

  /** Resident memory in MiB. */
  get residentMib() {
    const status = readFileSync(`/proc/${this.#server.pid}/status`, "utf8");
    return Number(/VmRSS:\s+(\d+)/.exec(status)[1]) / kibPerMib;
  }

  /** Where its log is. */
  get directory() {
    return this.#directory.path;
  }

  get pid() {
    return this.#server.pid;
  }

  get descriptors() {
    return readdirSync(`/proc/${this.#server.pid}/fd`).length;
  }

  /** Resolves to how it ended, and to what it said. */
  async stop() {
    const ended = await this.#server.stop();
    this.#directory.remove();
    return { ...ended, output: this.#server.output };
  }

  /** Resolves when it ends by itself. */
  get ended() {
    return this.#server.ended;
  }
}
