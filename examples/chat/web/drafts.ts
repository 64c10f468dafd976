// What was begun in each room and not sent yet, for as long as the tab lives.
import { keep, load } from "./storage.js";

const key = "dialogue-chat-drafts";
const draftsMax = 128; // as many rooms as one connection may have

const kept = load(key);
const drafts = new Map<string, string>(Array.isArray(kept) ? kept.map(([id, text]) => [`${id}`, `${text}`]) : []);

export const draftOf = (roomId: string): string => drafts.get(roomId) ?? "";

/** Keeps what stands in a room's field; nothing ends the draft. Of too many, the one that was changed longest ago goes. */
export function keepDraft(roomId: string, text: string): void {
  drafts.delete(roomId);
  if (text) drafts.set(roomId, text);
  if (drafts.size > draftsMax) drafts.delete([...drafts.keys()][0]!);
  keep(key, [...drafts]);
}
