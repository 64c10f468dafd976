// The API key of this tab: kept for the tab only, and not before the server has accepted it.

const name = "dialogue:api-key";

/** Returns the storage that keeps the key over a reload, or undefined if the browser does not allow pages to store anything. */
function storage(): Storage | undefined {
  try {
    return sessionStorage;
  } catch {
    return undefined;
  }
}

/** What is wrong with `text` as a key; undefined: it can be sent. */
export function faultOfKey(text: string): string | undefined {
  if (/^[\x21-\x7e]+$/.test(text)) return undefined;
  const why =
    text === "" ? "it is empty" : /^[\x20-\x7e]+$/.test(text) ? "it has a blank" : "it has characters beyond visible ASCII";
  return `This is not a key: ${why}.`;
}

let key = "";

/** Loads the key of this tab, if any; an invalid one is deleted. */
export function findKey(): void {
  const stored = storage()?.getItem(name) ?? "";
  if (faultOfKey(stored)) forgetKey();
  else key = stored;
}

/** The key of this tab; empty: none. */
export const apiKey = (): string => key;

/** Sends this key from now on. */
export function useKey(text: string): void {
  key = text;
}

/** The server has accepted the key: it is there after a reload, too. */
export function keepKey(): void {
  if (!key) return;
  try {
    storage()?.setItem(name, key);
  } catch {
    // The browser stores nothing more. The key lasts until the page is left.
  }
}

export function forgetKey(): void {
  key = "";
  storage()?.removeItem(name);
}
