// A PostgreSQL server of a test's own: a cluster in a new directory, with a socket there and no port. Ends with the test.
// PostgreSQL refuses to run as root: then it runs as the user postgres.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chownSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kPatienceMs } from "../../../patience.mjs";

const programs = "/usr/lib/postgresql/15/bin";

/** The ids of the user postgres; nothing where this process is not root. */
function identity() {
  if (process.getuid() !== 0) return {};
  const idOf = (flag) => Number(spawnSync("id", [flag, "postgres"], { encoding: "utf8" }).stdout);
  return { uid: idOf("-u"), gid: idOf("-g") };
}

export class PostgresServer {
  #directory = mkdtempSync(join(tmpdir(), "dialogue-postgres-"));
  #who = identity();
  #process;

  static async start() {
    const server = new PostgresServer();
    const { uid, gid } = server.#who;
    if (uid !== undefined) chownSync(server.#directory, uid, gid);
    const made = spawnSync(
      join(programs, "initdb"),
      ["-D", join(server.#directory, "data"), "-U", "postgres", "--no-sync", "--auth=trust", "--encoding=UTF8", "--locale=C"],
      { ...server.#who, cwd: "/", encoding: "utf8" },
    );
    assert.equal(made.status, 0, made.stderr ?? "PostgreSQL is not installed: apt-get install postgresql");
    process.once("exit", () => server.#remove());
    await server.run();
    return server;
  }

  get url() {
    return `postgres://postgres@${encodeURIComponent(this.#directory)}/postgres`;
  }

  /** Starts it again after stop(), and waits until it takes connections. */
  async run() {
    const flags = ["-k", this.#directory, "-c", "listen_addresses=", "-c", "shared_buffers=16MB"];
    this.#process = spawn(join(programs, "postgres"), ["-D", join(this.#directory, "data"), ...flags], {
      ...this.#who,
      cwd: "/",
      stdio: ["ignore", "ignore", "pipe"],
    });
    let said = "";
    for await (const text of this.#process.stderr.setEncoding("utf8").iterator({ destroyOnReturn: false })) {
      said += text;
      if (said.includes("database system is ready to accept connections")) break;
    }
    assert.match(said, /ready to accept connections/);
    this.#process.stderr.resume();
  }

  /** Whether a row of a schema has the text. */
  holds(schema, text) {
    const flags = ["-h", this.#directory, "-U", "postgres", "--data-only", "--schema", schema, "postgres"];
    const dumped = spawnSync(join(programs, "pg_dump"), flags, { encoding: "utf8", maxBuffer: 1 << 28 });
    assert.equal(dumped.status, 0, dumped.stderr);
    return dumped.stdout.includes(text) || dumped.stdout.includes(Buffer.from(text).toString("hex"));
  }

  /** Stops its processes in the middle of what they do, until resume(). */
  pause() {
    this.#signalAll("SIGSTOP");
  }
  resume() {
    this.#signalAll("SIGCONT");
  }
  #signalAll(signal) {
    const { pid } = this.#process;
    this.#process.kill(signal); // it starts no other one meanwhile
    for (const child of readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean))
      process.kill(Number(child), signal);
  }

  /** "SIGINT" ends it in order, "SIGQUIT" as a crash would. */
  async stop(signal = "SIGINT") {
    const ended = once(this.#process, "exit", { signal: AbortSignal.timeout(kPatienceMs) });
    this.#process.kill(signal);
    await ended;
  }

  #remove() {
    if (this.#process?.exitCode === null && this.#process.signalCode === null) this.resume();
    this.#process?.kill("SIGQUIT");
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
