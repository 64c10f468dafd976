// Names outlive presence and the page: what somebody wrote stays theirs after they have gone. The newest ones are kept for all
// tabs of this browser.

const kKey = "dialogue-chat-names";
const kNamesMax = 500;

let names = load();

/** What somebody is called, as far as this browser has ever heard. */
export const nameOf = (userId: string): string => names.get(userId) ?? userId;

/** Keeps a name; false when it was known. */
export function rememberName(userId: string, name: string): boolean {
  if (names.get(userId) === name) return false;
  names = load(); // another tab may have written meanwhile
  names.delete(userId);
  names.set(userId, name);
  localStorage.setItem(kKey, JSON.stringify([...names].slice(-kNamesMax)));
  return true;
}

function load(): Map<string, string> {
  try {
    const entries: unknown = JSON.parse(localStorage.getItem(kKey) ?? "[]");
    if (Array.isArray(entries)) return new Map(entries.map(([userId, name]) => [`${userId}`, `${name}`]));
  } catch {
    // What stands there was not written by this page: it is written anew.
  }
  return new Map();
}
