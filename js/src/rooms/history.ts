// Reads a room's log, page by page and in order. A file of its own, which the first call of history() loads.
import type { Message, Position } from "../api/messages.js";
import type { HistoryOptions } from "../api/room.js";
import { Call } from "../core/calls.js";
import type { makeError as MakeError } from "../core/make_error.js";
import { ErrorCode } from "../generated/tables.js";
import { nextPage, type Page } from "./history_pages.js";
import type { RoomHandle } from "./room.js";
import type { RoomHost } from "./room_host.js";

const pageMax = 100; // events that a server returns at once

/**
 * The newest `limit` events before `before`, oldest first. Ranges that the server cannot read are reported and left
 * out.
 */
export async function* readHistory(
  host: RoomHost,
  makeError: typeof MakeError,
  room: RoomHandle,
  { limit = pageMax, before, signal }: HistoryOptions,
): AsyncGenerator<Message> {
  const core = host.core!;
  const { id } = room;
  const start: Partial<Position> = typeof before === "object" ? before : { seq: before! };
  let { epoch, seq: end = 2 ** 53 } = start;
  let left = Math.floor(limit);
  // All events are read forwards. A number of them is counted backwards, since some of the log's sequences may be gone.
  const isForward = limit === Infinity;
  const pages: Message[][] = [];
  for (let at = isForward ? 1 : end - 1; left > 0 && at > 0; ) {
    const request = async () => {
      if (room.handle < 0) throw makeError(ErrorCode.not_joined, "", "", id); // it was forgotten since
      return host.request(core.wasm[Call.history](room.handle, at, Math.min(left, pageMax), +isForward, Date.now()));
    };
    const page: Page = await host.until(host.retryWhenLimited(request), signal);
    epoch ??= page.epoch;
    if (page.epoch !== epoch) throw makeError(ErrorCode.events_missed, "all so far (epoch_changed)", "", id);
    end = Math.min(end, page.head + 1);
    const messages: Message[] = [];
    for (const [number, seq, timestamp, from, data] of page.events) {
      const event = core.events[number - 1];
      if (event && seq < end) messages.push({ event, roomId: id, data, from, timestamp, seq, epoch });
    }
    if (isForward) yield* messages;
    else pages.unshift(messages);
    left -= page.events.length;
    for (const [first, last] of page.damaged ?? []) {
      left -= last - first + 1;
      host.report(makeError(ErrorCode.events_missed, `${first} to ${last} (history_damaged)`, "", id));
    }
    at = nextPage(isForward, at, end, page);
  }
  for (const messages of pages) yield* messages;
}
