// The server of a soak run: the stock program on a SQLite store, with tokens, guests and an API key, which can be restarted on
// its port and its store.
import { createHmac } from "node:crypto";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort, Server, scratch } from "../../crash/parts/server.mjs";

const secret = "a secret of the soak run, of more than 32 bytes";
const key = "0123456789abcdef0123456789abcdef";
const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A token of `sub` for all rooms that lasts `lastsS` seconds. */
export function tokenFor(sub, lastsS) {
  const now = Math.floor(Date.now() / 1000);
  const text = `${part({ alg: "HS256" })}.${part({ sub, iat: now - 5, exp: now + lastsS, rooms: { "*": "*" } })}`;
  return `${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`;
}

export class Subject {
  isRestarting = false;
  #directory = scratch("soak");
  #server;
  #hasStopped = false;

  async start() {
    const [port, metricsPort] = [await freePort(), await freePort()];
    this.database = join(this.#directory.path, "dialogue.db");
    this.metricsUrl = `http://127.0.0.1:${metricsPort}`;
    const auth = ["--auth-hs256-env", "SOAK_SECRET", "--auth-anonymous", "--api-key-env", "SOAK_KEY"];
    this.#server = new Server({
      app: fileURLToPath(new URL("../app.json", import.meta.url)),
      directory: this.#directory.path,
      port,
      args: [...auth, "--metrics-listen", `127.0.0.1:${metricsPort}`, "--log", "json"],
      env: { SOAK_SECRET: secret, SOAK_KEY: key },
    });
    await this.#server.start();
  }

  get url() {
    return this.#server.url;
  }

  get isRunning() {
    return this.#server !== undefined && !this.#hasStopped;
  }

  get pid() {
    return this.#server.pid;
  }

  get output() {
    return this.#server.output;
  }

  /** A call of the HTTP API; resolves to { status, body }, and to status 0 while nobody answers. */
  async call(method, path, body, headers = {}) {
    const type = body === undefined ? {} : { "Content-Type": "application/json" };
    const request = {
      method,
      headers: { Authorization: `Bearer ${key}`, ...type, ...headers },
      body: body && JSON.stringify(body),
    };
    try {
      const answer = await fetch(`${this.url}/api/v1${path}`, request);
      const text = await answer.text();
      return { status: answer.status, body: text ? JSON.parse(text) : undefined };
    } catch {
      return { status: 0 };
    }
  }

  reload() {
    this.#server.signal("SIGHUP");
  }

  /** Drains, ends, and starts on the same store. */
  async restart() {
    this.isRestarting = true;
    const { code } = await this.#server.stop();
    if (code !== 0) throw new Error(`the drain ended with ${code}\n${this.output}`);
    await this.#server.start();
    this.isRestarting = false;
  }

  async stop() {
    this.#hasStopped = true;
    const ended = await this.#server.stop();
    this.#directory.remove();
    return ended;
  }
}
