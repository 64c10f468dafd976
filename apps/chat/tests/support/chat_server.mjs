// The real program in a directory of its own, for tests of its API and of the page: started, killed, started again; and
// people who make calls to it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createDialogueClient } from "dialogue-client";
import { WebSocket } from "ws";

const kPatienceMs = 60_000;
const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..", "..");
const build = process.env["CHAT_BUILD"] ?? join(root, "build", "chat");
export const password = "correct horse battery";

/** A port that nobody listens on, so that a server can be started again at the same address. */
async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

export class ChatServer {
  static async start() {
    const server = new ChatServer();
    server.clients = new Set();
    server.data = mkdtempSync(join(tmpdir(), "chat-test-"));
    server.port = await freePort();
    await server.launch();
    return server;
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  async launch() {
    const args = ["serve", "--listen", `127.0.0.1:${this.port}`, "--data", join(this.data, "data"), "--web", join(build, "web")];
    this.log = "";
    const child = spawn(join(build, "dialogue-chat"), args, { stdio: ["ignore", "pipe", "pipe"] });
    const killChild = () => child.kill("SIGKILL");
    process.once("exit", killChild);
    child.once("exit", () => process.off("exit", killChild));
    child.stderr.on("data", (bytes) => (this.log += bytes));
    this.child = child;
    await new Promise((resolve, reject) => {
      const fail = (what) => {
        clearTimeout(deadline);
        killChild();
        reject(new Error(`${what}:\n${this.log}`));
      };
      const deadline = setTimeout(() => fail("it did not start"), kPatienceMs);
      child.stdout.on("data", (bytes) => {
        this.log += bytes;
        if (!this.log.includes("listens on")) return;
        clearTimeout(deadline);
        resolve();
      });
      child.once("exit", (code) => fail(`it ended with ${code}`));
    });
  }

  async kill(signal = "SIGKILL") {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const end = once(this.child, "exit");
    this.child.kill(signal);
    await end;
  }

  /** Ends the program and all clients, also those of a test that failed: nothing keeps the test's process alive. */
  async stop() {
    for (const client of this.clients) client.close();
    const force = setTimeout(() => this.child.kill("SIGKILL"), kPatienceMs);
    await this.kill("SIGTERM");
    clearTimeout(force);
    rmSync(this.data, { recursive: true, force: true });
  }

  /** POST with a body as it stands. */
  async post(name, body, { token, cookie, type = "application/json", headers = {} } = {}) {
    const given = { "Content-Type": type, ...headers };
    if (token) given["Authorization"] = `Bearer ${token}`;
    if (cookie) given["Cookie"] = cookie;
    const text = typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body);
    const signal = AbortSignal.timeout(kPatienceMs);
    const response = await fetch(`${this.url}/chat/v1/${name}`, { method: "POST", headers: given, body: text, signal });
    const set = response.headers.getSetCookie()[0]?.split(";")[0];
    return {
      status: response.status,
      headers: response.headers,
      cookie: set,
      body: await response.json().catch(() => undefined),
    };
  }

  /** Makes an account. */
  async person(name, displayName = name) {
    const answer = await this.post("account.register", { name, displayName, password });
    if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
    return new Person(this, answer);
  }
}

export class Person {
  constructor(server, { body, cookie }) {
    Object.assign(this, { server, cookie, token: body.accessToken, session: body.session, ...body.user });
  }

  /** A call that may be refused: { status, body }. */
  try(name, body = {}) {
    return this.server.post(name, body, { token: this.token, cookie: this.cookie });
  }

  /** A call that must succeed; its answer. */
  async call(name, body = {}) {
    const { status, body: answer } = await this.try(name, body);
    if (status !== 200) throw new Error(`${name}: ${status} ${JSON.stringify(answer)}`);
    return answer;
  }

  /** The code of a refusal. */
  async refusal(name, body = {}) {
    const { status, body: answer } = await this.try(name, body);
    return status === 200 ? "ok" : answer.error.code;
  }

  /** A realtime client, which ends with the server. */
  connect() {
    const client = createDialogueClient({ url: this.server.url, auth: { token: () => this.token }, WebSocket });
    this.server.clients.add(client);
    return client;
  }
}

/** Asks until the answer is true, and returns it. */
export async function until(check, what = "the condition") {
  const signal = AbortSignal.timeout(kPatienceMs);
  for (;;) {
    const found = await check();
    if (found) return found;
    if (signal.aborted) throw new Error(`${what} did not come true`);
    await new Promise(setImmediate); // an answer without I/O must not keep everything else waiting
  }
}
