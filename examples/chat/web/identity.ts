// Who this tab is: an id and a name for the development identity, kept for as long as the tab lives.
// sessionStorage belongs to one tab, so two windows of one browser are two people.

export interface Me {
  userId: string;
  name: string;
}

const kKey = "dialogue-chat-me";
const kColours = ["Amber", "Azure", "Coral", "Golden", "Indigo", "Jade", "Misty", "Olive", "Ruby", "Silver", "Teal", "Violet"];
const kAnimals = ["Badger", "Crane", "Dolphin", "Falcon", "Fox", "Heron", "Lynx", "Marten", "Otter", "Owl", "Raven", "Seal"];

/** The tab's identity; the first call makes up a guest. */
export function loadMe(): Me {
  const kept = parse(sessionStorage.getItem(kKey));
  if (kept) return kept;
  return keepMe({ userId: `guest-${randomHex(4)}`, name: `${pick(kColours)} ${pick(kAnimals)}` });
}

export function keepMe(me: Me): Me {
  sessionStorage.setItem(kKey, JSON.stringify(me));
  return me;
}

function parse(text: string | null): Me | undefined {
  try {
    const value = JSON.parse(text ?? "null") as Partial<Me> | null;
    if (typeof value?.userId === "string" && typeof value.name === "string") return { userId: value.userId, name: value.name };
  } catch {
    // What stands there was not written by this page: a new guest replaces it.
  }
  return undefined;
}

function randomHex(bytes: number): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function pick(words: string[]): string {
  return words[Math.floor(Math.random() * words.length)]!;
}
