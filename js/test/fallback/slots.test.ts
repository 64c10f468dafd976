// How many tabs keep requests open.
import { afterEach, expect, test, vi } from "vitest";
import { takeSlot } from "../../src/fallback/slots.js";
import { settled } from "../support/scripted_fetch.js";

afterEach(() => {
  vi.unstubAllGlobals();
});

/** Web Locks of one origin, as far as they are used. */
function browser(nextHopProtocol = "http/1.1", userAgent = "Mozilla/5.0 (X11; Linux x86_64) Chrome/131.0 Safari/537.36") {
  const held = new Set<string>();
  const waiting: { name: string; run: () => void }[] = [];
  const request = (name: string, options: LockOptions, granted: (lock: object | null) => unknown) =>
    new Promise<void>((resolve, reject) => {
      const run = async () => {
        held.add(name);
        await granted({ name });
        held.delete(name);
        resolve();
        const at = waiting.findIndex((each) => each.name === name);
        if (at >= 0) waiting.splice(at, 1)[0]!.run();
      };
      if (!held.has(name)) return void run();
      if (options.ifAvailable) return void resolve(granted(null) as undefined);
      waiting.push({ name, run });
      options.signal?.addEventListener("abort", () => reject(options.signal!.reason));
    });
  vi.stubGlobal("navigator", { locks: { request }, userAgent });
  vi.stubGlobal("performance", { getEntriesByType: () => [{ nextHopProtocol }] });
  return held;
}

/** A tab: what it was told. */
function tab(server = "host") {
  const heard: string[] = [];
  const end = new AbortController();
  void takeSlot(server, end.signal, () => heard.push("crowded")).then(() => heard.push("granted"));
  return { heard, close: () => end.abort() };
}

test("three tabs have a slot each; the others wait until one of these is closed", async () => {
  browser();
  vi.spyOn(Math, "random").mockReturnValue(0.5); // the second
  const tabs = Array.from({ length: 5 }, () => tab());
  await settled();
  expect(tabs.map(({ heard }) => heard.join())).toEqual(["granted", "granted", "granted", "crowded", "crowded"]);
  tabs[1]!.close();
  await settled();
  expect(tabs.map(({ heard }) => heard.join()).slice(3)).toEqual(["crowded,granted", "crowded"]);
  vi.restoreAllMocks();
});

test("a tab that ends while it waits is not waited for, and servers are counted apart", async () => {
  const held = browser();
  const tabs = Array.from({ length: 4 }, () => tab());
  await settled();
  tabs[3]!.close();
  const other = tab("other");
  await settled();
  expect([held.size, other.heard]).toEqual([4, ["granted"]]);
});

test.each(["h2", "h3"])("over %s every tab has one", async (protocol) => {
  browser(protocol);
  const tabs = Array.from({ length: 5 }, () => tab());
  await settled();
  expect(tabs.every(({ heard }) => heard.join() === "granted")).toBe(true);
});

test("P-25 in WebKitGTK, whose POSTs do not share a connection of HTTP/2, three have one", async () => {
  browser("h2", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15");
  const tabs = Array.from({ length: 5 }, () => tab());
  await settled();
  expect(tabs.filter(({ heard }) => heard.join() === "granted").length).toBe(3);
});

test("so it has if there are no Web Locks", async () => {
  vi.stubGlobal("navigator", {});
  const { heard } = tab();
  await settled();
  expect(heard).toEqual(["granted"]);
});
