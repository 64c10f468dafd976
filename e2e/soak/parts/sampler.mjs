// Samples of the server under load: what /proc and its own metrics say, and the producers in its store. One JSON line each.
import { execFile } from "node:child_process";
import { appendFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { promisify } from "node:util";
import { cpuUs } from "../../../bench/lib/process.mjs";
import { kPatienceMs } from "../../../tests/patience.mjs";

const bytesPerKib = 1024;
const usPerSecond = 1_000_000;
const run = promisify(execFile);

/** The sum of all series of a metric in a Prometheus text whose labels match. */
export function sumOf(text, metric, labels = "") {
  let sum;
  for (const line of text.split("\n")) {
    if (!line.startsWith(metric) || !/[ {]/.test(line[metric.length] ?? "") || !line.includes(labels)) continue;
    sum = (sum ?? 0) + Number(line.slice(line.lastIndexOf(" ") + 1));
  }
  return sum;
}

// A key of a page's producer: owner, two line feeds, id (server/core/log/producer_key.hpp).
const countProducers = "SELECT count(*), total(instr(CAST(key AS TEXT), char(10, 10)) > 1) FROM producer";

/**
 * Producers that the database remembers for a day (Idempotency-Keys, clients that do not mark what they resend), and those of
 * pages; empty without the sqlite3 program, or while the database is locked.
 */
async function producersIn(database) {
  const { stdout } = await run("sqlite3", ["-readonly", database, countProducers]).catch(() => ({}));
  if (!stdout) return {};
  const [all, producers] = stdout.split("|").map(Number);
  return { producers, producersOfADay: all - producers };
}

export class Sampler {
  samples = [];
  #began = performance.now();
  #file;

  constructor(file) {
    this.#file = file;
    writeFileSync(file, "");
  }

  /** Takes a sample of `subject`; undefined while it restarts. */
  async take(subject) {
    const { pid, metricsUrl, database } = subject;
    try {
      const answer = await fetch(`${metricsUrl}/metrics`, { signal: AbortSignal.timeout(kPatienceMs) });
      const text = await answer.text();
      const producers = await producersIn(database);
      const resident = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) * bytesPerKib;
      const sample = {
        s: (performance.now() - this.#began) / 1000,
        pid,
        cpuS: cpuUs(pid) / usPerSecond,
        residentBytes: resident,
        descriptors: readdirSync(`/proc/${pid}/fd`).length,
        connections: sumOf(text, "dialogue_connections_active"),
        users: sumOf(text, "dialogue_users_online"),
        sessions: sumOf(text, "dialogue_sessions_held"),
        rooms: sumOf(text, "dialogue_rooms_active"),
        members: sumOf(text, "dialogue_rooms_size"),
        lagging: sumOf(text, "dialogue_members_lagging"),
        sendQueueBytes: sumOf(text, "dialogue_send_queue_bytes"),
        storeQueue: sumOf(text, "dialogue_store_writer_queue_events"),
        databaseBytes: sumOf(text, "dialogue_store_size_bytes", 'file="database"'),
        walBytes: sumOf(text, "dialogue_store_size_bytes", 'file="wal"'),
        events: sumOf(text, "dialogue_events_total"),
        ...producers,
      };
      if (subject.pid !== pid) return undefined; // restarted meanwhile
      appendFileSync(this.#file, `${JSON.stringify(sample)}\n`);
      this.samples.push(sample);
      return sample;
    } catch (error) {
      if (subject.isRestarting || subject.pid !== pid) return undefined;
      throw error;
    }
  }
}
