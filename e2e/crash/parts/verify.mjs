// The checks after each start, on a server that runs again on the directory of a killed one. Whatever is wrong becomes a
// violation of the ledger. The numbers are those of the design: 1 acknowledged is there, 2 nothing else is, 3 no place with two
// bodies, 4 repetitions are recognised, 5 resuming (parts/subscriber.mjs checks it as it reads), 6 the file is whole.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { kPatienceMs } from "../../../tests/patience.mjs";
import { HistoryReader } from "./history.mjs";
import { keyIn } from "./ledger.mjs";
import { programs } from "./server.mjs";

const repeatedShare = 0.1;
const repetitionsMax = 400; // in one round: the newest ones are the telling ones
const isShort = (room) => room.startsWith("short-");

/**
 * Sends again what has no answer, and a tenth of what has one; then reads every log and compares it with the ledger.
 * `producers` are connected. Resolves to the number of events read.
 */
export async function verify({ ledger, server, directory, producers, rooms, chance }) {
  await Promise.all(producers.map((producer) => producer.settled()));
  await repeatSome(ledger, producers, chance);
  const reader = await HistoryReader.open(server.url);
  let events = 0;
  for (const room of rooms) {
    const log = await reader.whole(room);
    events += log.events.length;
    compare(ledger, room, log);
  }
  await reader.close();
  await checkFile(ledger, directory);
  return events;
}

async function repeatSome(ledger, producers, chance) {
  for (const producer of producers) {
    const own = [...ledger.tried.values()].filter((entry) => entry.producer === producer.name && entry.at);
    const newestFirst = own.reverse().slice(0, repetitionsMax);
    await Promise.all(newestFirst.filter(() => chance.fraction() < repeatedShare).map((entry) => producer.again(entry)));
  }
}

/** Checks 1 to 3 for one room. */
export function compare(ledger, room, { epoch, base, head, events }) {
  ledger.sawEpoch(room, epoch, "the log");
  const seqs = new Map();
  const newest = new Map();
  let due = base;
  for (const { seq, body } of events) {
    if (seq !== due) ledger.violation(`the log of ${room} has ${seq} where ${due} was due`);
    due = seq + 1;
    ledger.saw(room, { epoch, seq }, body, "the log");
    const key = keyIn(body);
    if (seqs.has(key)) ledger.violation(`the log of ${room} has ${key} twice: at ${seqs.get(key)} and ${seq}`);
    seqs.set(key, seq);
    inOrder(ledger, room, ledger.tried.get(key), newest, seq);
  }
  if (due !== head + 1) ledger.violation(`the log of ${room} ends at ${due - 1}, and JOINED said ${head}`);
  if (base !== 1 && !isShort(room)) ledger.violation(`the log of ${room} begins at ${base}`);
  for (const [key, { room: its, at }] of ledger.tried) {
    if (its !== room) continue;
    const place = seqs.get(key);
    if (!at) ledger.violation(`${key} has no answer after the retries`);
    else if (place === undefined && !(isShort(room) && at.seq < base))
      ledger.violation(`${key} was acknowledged at ${at.epoch}/${at.seq} and is not in the log`);
    else if (place !== undefined && place !== at.seq)
      ledger.violation(`${key} was acknowledged at ${at.seq} and is in the log at ${place}`);
  }
}

function inOrder(ledger, room, entry, newest, seq) {
  if (!entry) return; // invented: saw() has said so
  const before = newest.get(entry.producer) ?? 0;
  if (entry.number <= before) ledger.violation(`${room} ${seq}: number ${entry.number} of ${entry.producer} after ${before}`);
  newest.set(entry.producer, entry.number);
}

/** Check 6: the whole file is read, its pages by SQLite's integrity_check and each record by its own checksum. */
export async function checkFile(ledger, directory) {
  const path = join(directory, "dialogue.db");
  try {
    await promisify(execFile)(programs.dialogue, ["store", "check", path], { timeout: kPatienceMs });
  } catch (error) {
    ledger.violation(`dialogue store check ${path}: ${error.stdout}${error.stderr}`);
  }
}
