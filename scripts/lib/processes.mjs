// Starts programs for the verbs: output goes to a log, a deadline ends the whole process group, and nothing outlives the verb.
import { spawn } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync, writeSync } from "node:fs";
import { join, relative } from "node:path";
import { logDir, root } from "./paths.mjs";

const tailLines = 40;
const killGraceMs = 5_000;
const interruptedCode = 130; // 128 + SIGINT, as a shell would say
const alive = new Set();
let here; // the program that has the terminal now

function endGroup(child, signal) {
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group has ended already.
  }
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => {
    if (here) return void (signal === "SIGINT" || here.kill(signal)); // the terminal itself has sent it Ctrl-C
    for (const child of alive) endGroup(child, "SIGTERM");
    process.exit(interruptedCode);
  });
}

/** The path of a log, by its name. */
export const logPath = (name) => join(logDir, `${name.replaceAll("/", "-")}.log`);

/** The last lines of a log, and where the rest is. */
export function tailOf(log) {
  const lines = existsSync(log) ? readFileSync(log, "utf8").trimEnd().split("\n") : ["(no log)"];
  return `${lines.slice(-tailLines).join("\n")}\n--- the whole log: ${relative(root, log)}`;
}

/**
 * Runs one command to its end. Resolves to { code, timedOut, log }: code is the exit code, 128 + n for a signal.
 * options: log (name, required), cwd, env (added to the environment), timeoutMs, append (keep what the log has),
 * onOutput(text) (what it prints, as it is printed; it goes to the log as well).
 */
export function run(command, args, { log, cwd = root, env = {}, timeoutMs, append = false, onOutput }) {
  const path = logPath(log);
  const file = openSync(path, append ? "a" : "w");
  writeSync(file, `$ ${[command, ...args].join(" ")}\n`);
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ["ignore", onOutput ? "pipe" : file, file],
      detached: true,
    });
    alive.add(child);
    let timedOut = false;
    let killer;
    const deadline =
      timeoutMs &&
      setTimeout(() => {
        timedOut = true;
        writeSync(file, `\n--- no end after ${timeoutMs / 1000} s: stopped\n`);
        endGroup(child, "SIGTERM");
        killer = setTimeout(() => endGroup(child, "SIGKILL"), killGraceMs);
      }, timeoutMs);
    const finish = (code, note) => {
      clearTimeout(deadline);
      clearTimeout(killer);
      alive.delete(child);
      if (note) writeSync(file, `\n--- ${note}\n`);
      closeSync(file);
      resolve({ code, timedOut, log: path });
    };
    child.on("error", (error) => finish(127, error.message));
    child.stdout?.on("data", (bytes) => {
      writeSync(file, bytes);
      onOutput(bytes.toString());
    });
    child.on(onOutput ? "close" : "exit", (code, signal) => {
      endGroup(child, "SIGKILL");
      finish(code ?? 128, signal ? `ended by ${signal}` : "");
    });
  });
}

/** Runs a command that must succeed; throws an error that carries the log's tail. */
export async function runOrFail(command, args, options) {
  const { code, log } = await run(command, args, options);
  if (code !== 0) throw new Error(`${command} ended with code ${code}\n${tailOf(log)}`);
}

/** Runs a command on the terminal itself (for sudo and for servers). Resolves to the exit code. */
export function runInForeground(command, args, { cwd = root, env = {} } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: "inherit",
    });
    child.on("error", () => resolve(127));
    child.on("exit", (code) => resolve(code ?? 128));
  });
}
