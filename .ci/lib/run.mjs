// Starts programs for the verbs: output goes to a log, a deadline ends the whole process group, and nothing outlives the verb.
import { spawn } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync, writeSync } from "node:fs";
import { join, relative } from "node:path";
import { logDir, root } from "./paths.mjs";

const kTailLines = 40;
const kKillGraceMs = 5_000;
const kInterruptedCode = 130; // 128 + SIGINT, as a shell would say
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
    if (here) return void (signal === "SIGINT" || here.kill(signal)); // the terminal itself has told it of Ctrl-C
    for (const child of alive) endGroup(child, "SIGTERM");
    process.exit(kInterruptedCode);
  });
}

/** The path of a log, by its name. */
export const logPath = (name) => join(logDir, `${name.replaceAll("/", "-")}.log`);

/** The last lines of a log, and where the rest is. */
export function tailOf(log) {
  const lines = existsSync(log) ? readFileSync(log, "utf8").trimEnd().split("\n") : ["(no log)"];
  return `${lines.slice(-kTailLines).join("\n")}\n--- the whole log: ${relative(root, log)}`;
}

const kSanitizerReport = /ERROR: \w+Sanitizer|WARNING: ThreadSanitizer|runtime error:/;

/** Why a program ended in the middle: the beginning of the sanitizer's report, or the log's last lines. */
export function endOf(log) {
  const lines = existsSync(log) ? readFileSync(log, "utf8").split("\n") : [];
  const from = lines.findIndex((line) => kSanitizerReport.test(line));
  return from < 0 ? tailOf(log) : `${lines.slice(from, from + kTailLines).join("\n")}\n--- the whole log: ${relative(root, log)}`;
}

/**
 * Runs one command to its end. Resolves to { code, timedOut, log }: code is the exit code, 128 + n for a signal.
 * options: log (name, required), cwd, env (added to the environment), timeoutMs, append (keep what the log has).
 */
export function run(command, args, { log, cwd = root, env = {}, timeoutMs, append = false }) {
  const path = logPath(log);
  const file = openSync(path, append ? "a" : "w");
  writeSync(file, `$ ${[command, ...args].join(" ")}\n`);
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ["ignore", file, file],
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
        killer = setTimeout(() => endGroup(child, "SIGKILL"), kKillGraceMs);
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
    child.on("exit", (code, signal) => {
      endGroup(child, "SIGKILL");
      finish(code ?? 128, signal ? `ended by ${signal}` : "");
    });
  });
}

/** Runs a command that must succeed; throws an error that carries the log's tail. */
export async function must(command, args, options) {
  const { code, log } = await run(command, args, options);
  if (code !== 0) throw new Error(`${command} ended with code ${code}\n${tailOf(log)}`);
}

/** Runs a command on the terminal itself (for sudo and for servers). Resolves to the exit code. */
export function runHere(command, args, { cwd = root, env = {} } = {}) {
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
