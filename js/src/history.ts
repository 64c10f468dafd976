// Reading a room's log, a file of its own that is loaded by the first who reads: page by page, in order; what is missing is told.
import { Call } from "./calls.js";
import type { Driver } from "./driver.js";
import type { DialogueError, makeError as MakeError } from "./errors.js";
import { ErrorCode } from "./generated/tables.js";
import type { RoomHandle } from "./room.js";
import type { HistoryOptions, Message, Position } from "./types.js";

const pageMax = 100; // events that a server gives at once

/** The newest `limit` events before `before`, oldest first. */
export async function* readHistory(
  driver: Driver,
  makeError: typeof MakeError,
  room: RoomHandle,
  { limit = pageMax, before, signal }: HistoryOptions,
): AsyncGenerator<Message> {
  const core = driver.core!;
  const { id } = room;
  const from: Partial<Position> = typeof before === "object" ? before : { seq: before! };
  let { epoch, seq = 2 ** 53 } = from;
  let left = Math.floor(limit);
  // All is read forwards. A number of events is counted backwards, since some of the log's sequences may be gone.
  const isForward = limit === Infinity;
  const pages: Message[][] = [];
  for (let at = isForward ? 1 : seq - 1; left > 0 && at > 0; ) {
    const ask = async () => {
      if (room.handle < 0) throw makeError(ErrorCode.not_joined, "", "", id); // it was forgotten since
      return driver.request(core.wasm[Call.history](room.handle, at, Math.min(left, pageMax), +isForward, Date.now()));
    };
    const page = await driver.until(patiently(ask), signal);
    epoch ??= page.epoch as number;
    if (page.epoch !== epoch) throw makeError(ErrorCode.events_missed, "all so far (epoch_changed)", "", id);
    seq = Math.min(seq, page.head + 1);
    const messages: Message[] = [];
    for (const [number, eventSeq, timestamp, from, data] of page.events) {
      const event = core.events[number - 1];
      if (event && eventSeq < seq) messages.push({ event, roomId: id, data, from, timestamp, seq: eventSeq, epoch });
    }
    if (isForward) yield* messages;
    else pages.unshift(messages);
    left -= page.events.length;
    for (const [first, last] of page.damaged ?? []) {
      left -= last - first + 1;
      driver.report(makeError(ErrorCode.events_missed, `${first} to ${last} (history_damaged)`, "", id));
    }
    const next: number = isForward ? page.last + 1 : page.first - 1;
    if (isForward ? !(next > at && next < seq) : !(next < at && next >= page.base)) break;
    at = next;
  }
  for (const messages of pages) yield* messages;
}

/** What is asked for, after the patience that the server asks for: a long history is more pages than are granted at once. */
async function patiently(ask: () => Promise<any>): Promise<any> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      const { retryAfterMs } = error as DialogueError;
      if (!retryAfterMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, retryAfterMs));
    }
  }
}
