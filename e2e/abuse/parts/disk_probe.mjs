// How long the disk itself takes for a commit beside the hostile: another process than the server syncs a small write every 20 ms
// to a file beside the log. Run as a program, it does so until it receives a message, and sends the times.
import { fork } from "node:child_process";
import { closeSync, fdatasyncSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(import.meta.url);
const pageBytes = 4096;
const pages = 256; // written again and again, as a write-ahead log is
const betweenMs = 20;

/** Begins to probe the disk of `directory`; `prefix` goes before the command. `end()` resolves to the times in ms, ascending. */
export function probeDisk(directory, prefix) {
  const [execPath, ...execArgv] = [...prefix, process.execPath];
  const child = fork(program, [join(directory, "probe")], { execPath, execArgv });
  const times = new Promise((resolve, reject) => {
    child.once("message", resolve);
    child.once("exit", (code) => reject(new Error(`the disk's probe ended with ${code}`)));
  });
  times.catch(() => undefined); // end() rejects with it
  return {
    end() {
      child.send("end");
      return times;
    },
  };
}

function probe(path) {
  const file = openSync(path, "w");
  const page = Buffer.alloc(pageBytes, "x");
  writeSync(file, Buffer.alloc(pages * pageBytes));
  fdatasyncSync(file);
  const times = [];
  const timer = setInterval(() => {
    writeSync(file, page, 0, pageBytes, (times.length % pages) * pageBytes);
    const began = performance.now();
    fdatasyncSync(file);
    times.push(performance.now() - began);
  }, betweenMs);
  process.once("disconnect", () => clearInterval(timer)); // where the run has broken off
  process.once("message", () => {
    clearInterval(timer);
    closeSync(file);
    process.send(
      times.sort((a, b) => a - b),
      () => process.disconnect(),
    );
  });
}

if (process.argv[1] === program) probe(process.argv[2]);
