// The development identity of this tab: an id and a name, kept in the tab's own storage as long as the tab lives. So two
// windows of one browser are two people.
import { keep, load } from "./storage.js";

export interface Me {
  userId: string;
  name: string;
}

const key = "dialogue-chat-me";
const colours = ["Amber", "Azure", "Coral", "Golden", "Indigo", "Jade", "Misty", "Olive", "Ruby", "Silver", "Teal", "Violet"];
const animals = ["Badger", "Crane", "Dolphin", "Falcon", "Fox", "Heron", "Lynx", "Marten", "Otter", "Owl", "Raven", "Seal"];

/** The tab's identity; the first call makes up a guest. */
export function loadMe(): Me {
  const kept = load(key) as Partial<Me> | null;
  if (typeof kept?.userId === "string" && typeof kept.name === "string") return { userId: kept.userId, name: kept.name };
  return keepMe({ userId: `guest-${randomHex(4)}`, name: `${pick(colours)} ${pick(animals)}` });
}

export function keepMe(me: Me): Me {
  keep(key, me);
  return me;
}

function randomHex(bytes: number): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function pick(words: string[]): string {
  return words[Math.floor(Math.random() * words.length)]!;
}
