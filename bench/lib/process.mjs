// One server under measurement: started as a process of its own, its CPU time read from /proc.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";

const kStartTimeoutMs = 10_000;
const kSaidCharsMax = 10_000; // of what a server prints, for who wants to know why it ended
const kUsPerTick = 10_000; // USER_HZ is 100 on Linux: getconf CLK_TCK
const kUserField = 11; // utime and stime, counted after the command's closing parenthesis (proc(5): fields 14 and 15)

/** CPU time that the process has used, user and system together, in µs. */
export function cpuUs(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").pop().split(" ");
  return (Number(fields[kUserField]) + Number(fields[kUserField + 1])) * kUsPerTick;
}

/**
 * Starts a server that prints "... HOST:PORT" when it is ready, or is known to be at `host`; with `env` added. Resolves to
 * { pid, host, stop }.
 */
export function startServer(command, args, { env = {}, host } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env } });
    const stop = () => new Promise((done) => child.once("exit", done) && child.kill("SIGTERM"));
    const timer = setTimeout(() => reject(new Error(`${command} did not say where it listens:\n${said}`)), kStartTimeoutMs);
    let said = "";
    const stands = (place) => {
      clearTimeout(timer);
      resolve({ pid: child.pid, host: place, stop });
    };
    const hear = (chunk) => {
      said = (said + chunk).slice(-kSaidCharsMax);
      const place = /(127\.0\.0\.1|localhost):(\d+)/.exec(said);
      if (place && !host) stands(place[0]);
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.once("error", reject);
    child.once("spawn", () => host && stands(host));
    child.once("exit", (code) => reject(new Error(`${command} ended with code ${code}:\n${said}`)));
    const kill = () => child.kill("SIGKILL");
    process.once("exit", kill);
    child.once("exit", () => process.off("exit", kill));
  });
}
