// @vitest-environment happy-dom
// Pages that a server has rendered with a preloaded room, and that are hydrated: no warning, no flash.
import { createElement, StrictMode, Suspense } from "react";
import { hydrateRoot, type Root } from "react-dom/client";
import { renderToString } from "react-dom/server";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createSSRApp, h } from "vue";
import { renderToString as renderVue } from "vue/server-renderer";
import { createHooks } from "../../src/react.js";
import { createHooks as createSuspenseHooks } from "../../src/react_suspense.js";
import type { PreloadedRoom } from "../../src/server.js";
import { createComposables } from "../../src/vue.js";
import { eventually } from "../support/eventually.js";
import { type App, newRoom, other, preloaded, served, user } from "../support/real_server.js";

served();

const roots: Root[] = [];
const problems: unknown[] = [];

beforeEach(() => {
  for (const name of ["error", "warn"] as const)
    vi.spyOn(console, name).mockImplementation((...line) => void problems.push(line));
});
afterEach(() => {
  for (const root of roots.splice(0)) root.unmount();
  vi.restoreAllMocks();
  expect(problems.splice(0)).toEqual([]);
});

type Id = ReturnType<typeof newRoom>;
const plain = createHooks<App>();
const suspending = createSuspenseHooks<App>();

/** A page that shows a list and its members. */
function page(hooks: typeof plain, client: ReturnType<typeof user>, id: Id, initial: PreloadedRoom) {
  const List = () => {
    const { messages, members } = hooks.useMessages(id, { event: "message", last: 50, initial });
    const text = `${members.map(({ userId }) => userId)}: ${messages.map(({ data }) => data.text)}`;
    return createElement("p", null, text);
  };
  const below = createElement(Suspense, { fallback: "waits" }, createElement(List));
  return createElement(StrictMode, null, createElement(hooks.DialogueProvider, { client }, below));
}

/** Every text that the container has shown. */
function watch(container: HTMLElement): string[] {
  const seen = [container.textContent!];
  new MutationObserver(() => seen.push(container.textContent!)).observe(container, {
    childList: true,
    characterData: true,
    subtree: true,
  });
  return seen;
}

test.each([
  ["react", plain],
  ["react/suspense", suspending],
] as const)("9, 10: %s renders a preloaded room, hydrates it without a warning, and goes on", async (_, hooks) => {
  const id = newRoom();
  const bob = await other(id);
  await bob.say("1");
  const initial = await preloaded(id, { members: true });
  const html = renderToString(page(hooks, user("ann", { autoConnect: false }), id, initial));
  expect(html).toContain("bob: 1");
  await bob.say("2");
  const client = user();
  const container = document.createElement("div");
  container.innerHTML = html;
  const seen = watch(container);
  const onRecoverableError = (error: unknown) => problems.push(error);
  roots.push(hydrateRoot(container, page(hooks, client, id, initial), { onRecoverableError }));
  await eventually(() => expect(container.textContent).toBe("ann,bob: 1,2"));
  await bob.say("3");
  await eventually(() => expect(container.textContent).toBe("ann,bob: 1,2,3"));
  for (const shown of seen) expect(shown).toMatch(/: 1/);
});

test("9, 10: until the client is connected, the list stays as the server has rendered it", async () => {
  const id = newRoom();
  const bob = await other(id);
  await bob.say("1");
  const initial = await preloaded(id, { members: true });
  const client = user("ann", { autoConnect: false, url: "http://127.0.0.1:1" });
  client.on("connect_error", () => {});
  const container = document.createElement("div");
  container.innerHTML = renderToString(page(plain, client, id, initial));
  const seen = watch(container);
  roots.push(hydrateRoot(container, page(plain, client, id, initial), { onRecoverableError: (error) => problems.push(error) }));
  await new Promise<void>((resolve) => client.once("connect_error", () => resolve()));
  expect(new Set(seen)).toEqual(new Set(["bob: 1"]));
});

test("10: a preload that failed renders an empty list, and the page reads it", async () => {
  const id = newRoom();
  const bob = await other(id);
  await bob.say("1");
  const initial = await preloaded(id, { url: "http://127.0.0.1:1" });
  const container = document.createElement("div");
  container.innerHTML = renderToString(page(plain, user("ann", { autoConnect: false }), id, initial));
  expect(container.textContent).toBe(": ");
  const hydrated = page(plain, user(), id, initial);
  roots.push(hydrateRoot(container, hydrated, { onRecoverableError: (error) => problems.push(error) }));
  await eventually(() => expect(container.textContent).toBe("ann,bob: 1"));
});

test("18: two users whose pages are rendered together have their own rooms only", async () => {
  const pages = await Promise.all(
    ["ann", "eve"].map(async (name) => {
      const id = newRoom();
      const bob = await other(id);
      await bob.say(`for ${name}`);
      return renderToString(page(plain, user(name, { autoConnect: false }), id, await preloaded(id, { members: true })));
    }),
  );
  expect(pages.map((html) => html.match(/for \w+/g))).toEqual([["for ann"], ["for eve"]]);
});

test("10: vue renders a preloaded room, hydrates it without a warning, and shows later events", async () => {
  const id = newRoom();
  const bob = await other(id);
  await bob.say("1");
  const initial = await preloaded(id, { members: true });
  const { plugin, useMessages } = createComposables<App>();
  const app = (client: ReturnType<typeof user>) =>
    createSSRApp({
      setup() {
        const { messages } = useMessages(id, { event: "message", last: 50, initial });
        return () => h("p", messages.value.map(({ data }) => data.text).join());
      },
    }).use(plugin(client));
  const container = document.createElement("div");
  container.innerHTML = await renderVue(app(user("ann", { autoConnect: false })));
  expect(container.textContent).toBe("1");
  await bob.say("2");
  const seen = watch(container);
  const hydrated = app(user());
  hydrated.mount(container);
  await eventually(() => expect(container.textContent).toBe("1,2"));
  hydrated.unmount();
  for (const shown of seen) expect(shown).toMatch(/^1|^$/);
});
