// The service worker: shows exactly one notification for each push, and opens pages of its own origin only.
import { beforeEach, expect, test, vi } from "vitest";

const handlers: Record<string, (event: any) => void> = {};
const shown: [string, any][] = [];
let pages: any[];
const openWindow = vi.fn();

beforeEach(async () => {
  vi.resetModules();
  shown.length = 0;
  pages = [];
  openWindow.mockClear();
  vi.stubGlobal("addEventListener", (name: string, handler: (event: any) => void) => (handlers[name] = handler));
  vi.stubGlobal("location", { origin: "https://chat.example.com" });
  vi.stubGlobal("registration", { showNotification: async (title: string, more: any) => void shown.push([title, more]) });
  vi.stubGlobal("clients", { matchAll: async () => pages, openWindow, claim: async () => {} });
  vi.stubGlobal("skipWaiting", () => {});
  await import("../../src/notifications/service_worker.js");
});

/** Dispatches, and waits for what the event is kept alive for. */
async function dispatch(name: string, event: object): Promise<void> {
  const kept: Promise<unknown>[] = [];
  handlers[name]!({ ...event, waitUntil: (work: Promise<unknown>) => kept.push(work) });
  expect(kept).toHaveLength(1);
  await Promise.all(kept);
}
const click = (url: unknown) => {
  const notification = { data: { url }, close: vi.fn() };
  return dispatch("notificationclick", { notification }).then(() => expect(notification.close).toHaveBeenCalledOnce());
};

test("shows what the server sent", async () => {
  const note = { title: "Bob in Chat", body: "Hi", url: "/rooms/7", tag: "chat:7" };
  await dispatch("push", { data: { json: () => note } });
  expect(shown).toEqual([["Bob in Chat", { body: "Hi", tag: "chat:7", data: { url: "/rooms/7" } }]]);
});

test("shows one notification for each push, whatever it holds", async () => {
  const broken = () => {
    throw new SyntaxError("no JSON");
  };
  for (const data of [null, undefined, { json: broken }, { json: () => ({}) }, { json: () => null }])
    await dispatch("push", { data });
  expect(shown.map(([title]) => title)).toEqual(Array(5).fill("New message"));
});

test("a click focuses the page that has the address, and tells it", async () => {
  const page = { url: "https://chat.example.com/rooms/7?a", postMessage: vi.fn(), focus: vi.fn() };
  pages = [{ url: "https://chat.example.com/other" }, page];
  await click("/rooms/7#9");
  expect(page.focus).toHaveBeenCalledOnce();
  expect(page.postMessage).toHaveBeenCalledWith({ type: "dialogue:notification", url: "https://chat.example.com/rooms/7#9" });
  expect(openWindow).not.toHaveBeenCalled();
});

test("a click opens a page if no page has the address, and never a page of another origin", async () => {
  await click("/rooms/7");
  for (const url of ["https://evil.example/", "//evil.example/", "javascript:alert(1)", undefined, "http://[", 7])
    await click(url);
  const opened = openWindow.mock.calls.map(([url]) => url);
  expect(opened[0]).toBe("https://chat.example.com/rooms/7");
  expect(opened.every((url) => new URL(url).origin === "https://chat.example.com")).toBe(true);
});
