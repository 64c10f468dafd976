// Reads a trace of system calls for one question: was each ACK sent after a sync of the write-ahead log that began after the page
// with its publication was written?
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { keyOf } from "./ledger.mjs";

const room = "log-1";
const calls = "pwrite64,write,fdatasync,fsync,sendto,sendmsg,writev";
const stringBytes = 70_000; // whole pages and whole sends
const payloadBytesMax = 200;

/** A load of bodies that lie in one page each, so that the page with a publication is found by its name. */
export const small = (most) => ({ producers: 4, rooms: [room], inFlight: 8, most, subscribers: [], bytesMax: payloadBytesMax });

/** A command in front that traces what is asked about, and injects what `more` says. */
export const watching = (directory, more = []) => [
  ...["strace", "-f", "-qq", "-y", "-ttt", "-s", String(stringBytes), "-e", "signal=none", "-e", `trace=${calls}`],
  ...[...more, "-o", join(directory, "strace.txt")],
];

export const linesIn = (directory) => readFileSync(join(directory, "strace.txt"), "utf8").split("\n");

/** The places, as line numbers, at which each successful sync of the write-ahead log began and ended. */
export function syncsIn(lines) {
  const syncs = [];
  const open = new Map();
  for (const [line, text] of lines.entries()) {
    const [, thread, , call] = /^(\d+)\s+([\d.]+)\s+(.*)/.exec(text) ?? [];
    if (/^f(data)?sync\(\d+<[^>]*-wal>/.test(call)) {
      if (/<unfinished \.\.\.>$/.test(call)) open.set(thread, line);
      else if (/= 0$/.test(call)) syncs.push({ began: line, ended: line });
    } else if (/^<\.\.\. f(data)?sync resumed>.*= 0$/.test(call) && open.has(thread)) {
      syncs.push({ began: open.get(thread), ended: line });
      open.delete(thread);
    }
  }
  return syncs;
}

/** Each ACK in the trace: { seq, line }. */
export const acksIn = (lines) =>
  lines.flatMap((text, line) => {
    if (!/^\d+\s+[\d.]+\s+(send|write)/.test(text)) return [];
    return [...text.matchAll(/\[38,\d+,\d+,\d+,(\d+),/g)].map(([, seq]) => ({ seq: Number(seq), line }));
  });

/** The ACKs that were sent before their publication was safe, each with its reason. */
export function tooEarly({ ledger, lines }) {
  const entries = [...ledger.tried.values()].filter((entry) => entry.at);
  const bySeq = new Map(entries.map((entry) => [entry.at.seq, entry]));
  const syncs = syncsIn(lines);
  const isPage = (text) => /pwrite64\(\d+<[^>]*-wal>/.test(text);
  const pages = lines.map((text, line) => ({ text, line })).filter(({ text }) => isPage(text));
  return acksIn(lines).flatMap(({ seq, line }) => {
    const { producer, number } = bySeq.get(seq) ?? {};
    if (!producer) return []; // it was sent as the process ended, and never came
    const name = `${keyOf(room, producer, number)}:`;
    const written = pages.find(({ text }) => text.includes(name))?.line ?? Infinity;
    if (written > line) return [`${name} was acknowledged in line ${line} and written in line ${written}`];
    const isSafe = syncs.some(({ began, ended }) => began > written && ended < line);
    return isSafe ? [] : [`${name} was written in line ${written}, acknowledged in line ${line}, and not synced between`];
  });
}
