// Reads a room's log, page by page and in order. A file of its own, which the first call of history() loads.
import type { Message, Position } from "../api/messages.js";
import type { HistoryOptions } from "../api/room.js";
import { Call } from "../core/calls.js";
import { ErrorCode } from "../generated/tables.js";
import { retryWhenLimited } from "../util/retry_after.js";
import { nextPage, type Page } from "./history_pages.js";
import type { RoomHost } from "./room_host.js";

const pageMax = 100; // events per page of a server

/** What is known about the log around the events that a loop delivered. */
export type Around = { hasMore?: boolean | undefined; hasNewer?: boolean | undefined };

/** A sequence, or a position in a log with its epoch; 0 if no place is given. */
const placeOf = (place: number | Position = 0): { epoch?: number; seq: number } =>
  typeof place === "object" ? { ...place } : { seq: place };

/**
 * The events that `options` select, oldest first. Ranges that the server cannot read are reported and left out.
 * `report` gets whether the log has events before and after them.
 */
export async function* readHistory(
  host: RoomHost,
  room: { readonly id: string; readonly handle: number },
  { limit = pageMax, before, after, around, signal }: HistoryOptions,
  report: (around: Around) => void,
): AsyncGenerator<Message> {
  const { makeError } = host;
  const core = await host.start();
  const { id } = room;
  const refuse = (path: string, rule = "is out of range") => makeError(ErrorCode.request_invalid, "", path, id, rule);
  if (!(limit >= 0)) throw refuse("$.limit");
  for (const [name, place] of Object.entries({ before, after, around })) {
    const { seq } = placeOf(place);
    if (!(Number.isSafeInteger(seq) && seq >= 0)) throw refuse(`$.${name}`);
  }
  if (around !== undefined) {
    const { epoch, seq } = placeOf(around);
    if (before !== undefined || after !== undefined) throw refuse("$.around", "excludes before and after");
    if (limit === Infinity) throw refuse("$.limit", "is finite with around");
    const newer = Math.floor(limit / 2);
    let read = epoch;
    const older = { limit: limit - newer, before: { epoch, seq: seq + 1 }, signal } as HistoryOptions;
    for await (const message of readHistory(host, room, older, report)) {
      read = message.epoch;
      yield message;
    }
    const behind = { limit: newer, after: { epoch: read, seq }, signal } as HistoryOptions;
    yield* readHistory(host, room, behind, ({ hasNewer }) => report({ hasNewer }));
    return;
  }
  let epoch = placeOf(before).epoch || placeOf(after).epoch || undefined;
  let end = before === undefined ? 2 ** 53 : placeOf(before).seq;
  let left = Math.floor(limit);
  // What comes after a place, and all events, are read forwards. A number of the newest is counted backwards, since some of the
  // log's sequences may be gone.
  const isForward = after !== undefined || limit === Infinity;
  const older: Message[] = [];
  for (let at = isForward ? placeOf(after).seq + 1 : end - 1; left > 0 && at > 0; ) {
    const ask = () => {
      if (room.handle < 0) throw makeError(ErrorCode.not_joined, "", "", id); // it was forgotten since
      return core.wasm[Call.history](room.handle, at, Math.min(left, pageMax), +isForward, Date.now());
    };
    const page: Page = await retryWhenLimited(host, () => host.request(core, ask), signal);
    epoch ??= page.epoch;
    if (page.epoch !== epoch) throw makeError(ErrorCode.events_missed, "all so far (epoch_changed)", "", id);
    end = Math.min(end, page.head + 1);
    const messages: Message[] = [];
    for (const [number, seq, timestamp, from, data] of page.events) {
      const event = core.events[number - 1];
      if (event && seq < end) messages.push({ event, roomId: id, data, from, timestamp, seq, epoch });
    }
    if (isForward) yield* messages;
    else older.unshift(...messages);
    left -= page.events.length;
    for (const [first, last] of page.damaged ?? []) {
      left -= last - first + 1;
      host.report(makeError(ErrorCode.events_missed, `${first} to ${last} (history_damaged)`, "", id));
    }
    at = nextPage(isForward, at, end, page);
    report(
      isForward ? { hasMore: after !== undefined && placeOf(after).seq >= page.base, hasNewer: at > 0 } : { hasMore: at > 0 },
    );
  }
  yield* older;
}
