// A page of a room's log, read so that each payload stays the text that is stored.
import { partsOf } from "../kit/json_text.js";
import type { HistoryPage, LogEvent } from "./answers.js";

const memberOf = (text: string, key: string): string => partsOf(text).find((part) => part.key === key)!.text;

/** Reads a page of history from the text of the server's answer. */
export function readHistory(text: string): HistoryPage {
  const page = JSON.parse(text) as HistoryPage;
  const events = partsOf(memberOf(text, "events"));
  return {
    ...page,
    events: page.events.map((event, index): LogEvent => ({ ...event, data: memberOf(events[index]!.text, "data") })),
  };
}
