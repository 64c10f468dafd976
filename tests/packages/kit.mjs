// A service manager around the program, as tests/packages/service_manager.py is one.
import { spawn } from "node:child_process";
import { EventEmitter, on } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after } from "node:test";
import { kPatienceMs } from "../patience.mjs";
import { binary, root } from "../server/app/support/program.mjs";

export { binary, root };

const managers = new Set();
after(() => {
  for (const manager of managers) manager.end();
});

export class Manager {
  lines = [];
  #heard = new EventEmitter();
  #process;

  /** Runs `dialogue serve` with these arguments when it is told "start". */
  static async begin(args, { watchdogMs = 0, env = {} } = {}) {
    const manager = new Manager();
    const command = [join(root, "tests", "packages", "service_manager.py"), `${watchdogMs}`, binary, "serve", ...args];
    manager.#process = spawn("/usr/bin/python3", command, {
      env: { ...process.env, ...env },
      stdio: ["pipe", "pipe", "inherit"],
    });
    managers.add(manager);
    createInterface({ input: manager.#process.stdout }).on("line", (text) => {
      manager.lines.push({ atMs: performance.now(), ...JSON.parse(text) });
      manager.#heard.emit("line");
    });
    const { port } = await manager.hear((line) => line.port);
    manager.url = `http://127.0.0.1:${port}`;
    return manager;
  }

  say(word) {
    this.#process.stdin.write(`${word}\n`);
  }

  /** Resolves to the first line from `from` on that `is` is true for. */
  async hear(is, from = 0) {
    const lines = on(this.#heard, "line", { signal: AbortSignal.timeout(kPatienceMs) });
    const find = () => this.lines.slice(from).find(is);
    const there = find();
    if (there) return there;
    for await (const _ of lines) {
      const found = find();
      if (found) return found;
    }
    throw new Error("it never came");
  }

  /** Resolves to the first notification that matches. */
  notified(pattern, from) {
    return this.hear(({ notify }) => notify !== undefined && pattern.test(notify), from);
  }

  end() {
    for (const { started } of this.lines)
      try {
        if (started) process.kill(started, "SIGKILL");
      } catch {
        // it has ended
      }
    this.#process.kill("SIGKILL");
    managers.delete(this);
  }
}
