// The key of a tab: what is none is neither sent nor kept.
import { afterEach, expect, test, vi } from "vitest";

const name = "dialogue:api-key";
const good = "k".repeat(32);

/** The module as a page loads it, over what the tab has stored. */
async function load(stored: Map<string, string> | undefined) {
  vi.resetModules();
  Object.defineProperty(globalThis, "sessionStorage", {
    configurable: true,
    get: () => {
      if (!stored) throw new DOMException("The operation is insecure.", "SecurityError");
      return {
        getItem: (key: string) => stored.get(key) ?? null,
        setItem: (key: string, value: string) => void stored.set(key, value),
        removeItem: (key: string) => void stored.delete(key),
      };
    },
  });
  return await import("../server/key.js");
}

const before = Object.getOwnPropertyDescriptor(globalThis, "sessionStorage");
afterEach(() => {
  if (before) Object.defineProperty(globalThis, "sessionStorage", before);
  else Reflect.deleteProperty(globalThis, "sessionStorage");
});

test("a key is ASCII without blanks, and what is none says why", async () => {
  const { faultOfKey } = await load(new Map());
  expect(faultOfKey(good)).toBe(undefined);
  expect(faultOfKey("!~")).toBe(undefined);
  expect(faultOfKey("")).toBe("This is not a key: it is empty.");
  expect(faultOfKey("two words")).toBe("This is not a key: it has a blank.");
  for (const text of ["ключ", "“key”", "k\u00a0k", "key\n"])
    expect(faultOfKey(text)).toBe("This is not a key: it has characters beyond visible ASCII.");
});

test("a key is stored when it was accepted, found after a reload, and gone when it was forgotten", async () => {
  const stored = new Map<string, string>();
  let key = await load(stored);
  key.useKey(good);
  expect(stored.size).toBe(0);
  key.keepKey();
  expect(stored.get(name)).toBe(good);
  key = await load(stored);
  key.findKey();
  expect(key.apiKey()).toBe(good);
  key.forgetKey();
  expect(key.apiKey()).toBe("");
  expect(stored.size).toBe(0);
});

test("a stored value that is no key is forgotten", async () => {
  const stored = new Map([[name, "ключ"]]);
  const key = await load(stored);
  key.findKey();
  expect(key.apiKey()).toBe("");
  expect(stored.size).toBe(0);
});

test("where the browser stores nothing, the key is kept in memory", async () => {
  const key = await load(undefined);
  key.findKey();
  key.useKey(good);
  key.keepKey();
  expect(key.apiKey()).toBe(good);
  key.forgetKey();
  expect(key.apiKey()).toBe("");
});
