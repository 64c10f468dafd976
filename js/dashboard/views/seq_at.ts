// Sequences of a room's log. The newest one at a time is found by bisection, since timestamps rise with sequences.
import { apiUrl, request } from "../server/api.js";
import { readHistory } from "../server/history.js";

/** 0 where the log has no event up to `at`, Unix milliseconds. Some 20 requests for a million events. */
export async function seqAt(room: string, at: number): Promise<number> {
  const read = (since: number) => request(apiUrl(["rooms", room, "history"], { since, limit: 1 }), { read: readHistory });
  const { base, head } = await read(0);
  let [low, high] = [base - 1, head]; // `low` was at or before the time, or is before the log
  while (low < high) {
    const middle = Math.floor((low + high + 1) / 2);
    const [event] = (await read(middle - 1)).events;
    if (event && event.timestamp <= at) low = Math.max(middle, event.seq);
    else high = middle - 1;
  }
  return low < base ? 0 : low;
}

/** Whether a text is a sequence: a whole number from 1. */
export const isSeq = (text: string): boolean => /^[1-9]\d*$/.test(text) && Number.isSafeInteger(Number(text) + 1);
