// @vitest-environment happy-dom
// The hooks that suspend, against a real server and under StrictMode.
import { Component, createElement, type FunctionComponent, type ReactNode, StrictMode, Suspense } from "react";
import { createRoot, type Root } from "react-dom/client";
import { renderToString } from "react-dom/server";
import { afterEach, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import type { DialogueClient } from "../../src/index.js";
import { createHooks as createPlainHooks } from "../../src/react.js";
import { createHooks } from "../../src/react_suspense.js";
import { eventually } from "../support/eventually.js";
import { type App, type Events, newRoom, other, type Rooms, served, user } from "../support/real_server.js";

served();

const hooks = createHooks<App>();
const { DialogueProvider } = createPlainHooks<App>(); // that of the other entry
const roots: Root[] = [];

/** Shows the error of its children, until it is reset. */
class Boundary extends Component<{ children?: ReactNode; caught: (error: any) => void; reset: (again: () => void) => void }> {
  override state = { error: undefined as any };
  static getDerivedStateFromError = (error: unknown) => ({ error });
  override componentDidCatch(error: unknown) {
    this.props.caught(error);
    this.props.reset(() => this.setState({ error: undefined }));
  }
  override render() {
    return this.state.error ? null : this.props.children;
  }
}

/** Draws a component below Suspense: `seen` has what each draw has returned, `fallbacks` counts those of the fallback. */
function draw<T>(client: DialogueClient<Events, Rooms>, use: () => T) {
  const drawn = { seen: [] as T[], fallbacks: 0, errors: [] as any[], reset: () => {} };
  const Shown: FunctionComponent = () => (drawn.seen.push(use()), null);
  const Fallback: FunctionComponent = () => ((drawn.fallbacks += 1), null);
  const root = createRoot(document.createElement("div"), { onCaughtError: () => {} });
  roots.push(root);
  const boundary = {
    caught: (error: any) => drawn.errors.push(error),
    reset: (again: () => void) => {
      drawn.reset = again;
    },
  };
  const below = createElement(Suspense, { fallback: createElement(Fallback) }, createElement(Shown));
  const provided = createElement(DialogueProvider, { client }, createElement(Boundary, boundary, below));
  root.render(createElement(StrictMode, null, provided));
  return Object.assign(drawn, { last: () => drawn.seen.at(-1)!, unmount: () => root.unmount() });
}

afterEach(() => {
  for (const root of roots.splice(0)) root.unmount();
  vi.useRealTimers();
});

test("13, 16: it suspends before the first join only, never on an update", async () => {
  const id = newRoom();
  const bob = await other(id);
  await bob.say("before");
  const sockets: WebSocket[] = [];
  class Watched extends WebSocket {
    constructor(...args: ConstructorParameters<typeof WebSocket>) {
      super(...args);
      sockets.push(this);
    }
  }
  const drawn = draw(user("ann", { WebSocket: Watched }), () => hooks.useMessages(id, { event: "message", last: 50 }));
  await eventually(() => expect(drawn.last()?.messages.map(({ data }) => data.text)).toEqual(["before"]));
  const { fallbacks } = drawn;
  expect(fallbacks).toBeGreaterThan(0);
  expect(drawn.seen.map(({ status }) => status)).not.toContain("idle");
  expect(drawn.seen.map(({ status }) => status)).not.toContain("joining");
  await bob.say("after");
  await eventually(() => expect(drawn.last().messages).toHaveLength(2));
  sockets.at(-1)!.terminate();
  await eventually(() => expect(drawn.last().status).toBe("behind"));
  await bob.say("again");
  await eventually(() => expect(drawn.last()).toMatchObject({ status: "live", messages: { length: 3 } }));
  expect(drawn.fallbacks).toBe(fallbacks);
});

test("13: a refusal goes to the error boundary, and the room is joined again once that is reset", async () => {
  const bob = user("bob");
  const booth = await bob.join("booth");
  const drawn = draw(user(), () => hooks.useRoom("booth"));
  await eventually(() => expect(drawn.errors).toMatchObject([{ code: "room_full" }]));
  await booth.leave();
  await eventually(() => {
    drawn.reset();
    expect(drawn.last()).toMatchObject({ status: "live", occupancy: 1 });
  });
});

test("13: folds and parts of the members are values at once", async () => {
  const id = newRoom();
  const { room } = await other(id);
  await room.trigger("cursor", { id: "a", x: 1 });
  await room.trigger("cursor", { id: "b", x: 2 });
  const drawn = draw(user(), () => ({
    latest: hooks.useLatest(id, "cursor")?.data.x,
    keys: [...hooks.useLatest(id, "cursor", ({ data }) => data.id).keys()],
    sum: hooks.useReduce(id, (sum: number, { data }) => sum + data.x, 0, { event: "cursor", last: 100 }),
    others: hooks.useMembers(id, (members) => members.filter(({ userId }) => userId !== "ann").length),
    occupancy: hooks.useOccupancy(id),
  }));
  await eventually(() => expect(drawn.last()).toEqual({ latest: 2, keys: ["a", "b"], sum: 3, others: 1, occupancy: 2 }));
  await room.trigger("cursor", { id: "a", x: 5 });
  await eventually(() => expect(drawn.last()).toMatchObject({ latest: 5, sum: 8 }));
});

test("16: a component that comes later, to a room that is joined, does not suspend for its members", async () => {
  const id = newRoom();
  const client = user();
  const first = draw(client, () => hooks.useRoom(id));
  await eventually(() => expect(first.last()?.status).toBe("live"));
  const later = draw(client, () => hooks.useOccupancy(id));
  await eventually(() => expect(later.last()).toBe(1));
  expect(later.fallbacks).toBe(0);
});

test("6: a component that goes while it is suspended leaves no ghost: the room is left after five seconds", async () => {
  const id = newRoom();
  const bob = await other(id);
  const timers = vi.spyOn(globalThis, "setTimeout");
  const drawn = draw(user(), () => hooks.useRoom(id));
  await eventually(() => expect(drawn.fallbacks).toBeGreaterThan(0));
  drawn.unmount();
  await eventually(() => expect(bob.room.occupancy).toBe(2));
  const held = () => timers.mock.calls.filter(([, ms]) => ms === 5000).map(([act]) => act as () => void);
  await eventually(() => expect(held().length).toBeGreaterThan(0));
  for (const act of held()) act();
  await eventually(() => expect(bob.room.occupancy).toBe(1));
  timers.mockRestore();
});

test("14: a server renders the fallback, says why, and connects nothing", () => {
  const opened = vi.fn();
  class Recorder {
    constructor() {
      opened();
    }
  }
  const client = user("ann", { autoConnect: false, WebSocket: Recorder as any });
  const id = newRoom();
  const Page = () => createElement("p", null, hooks.useMessages(id).status);
  const page = (child: ReactNode) => createElement(DialogueProvider, { client }, child);
  vi.stubGlobal("document", undefined);
  try {
    expect(() => renderToString(page(createElement(Page)))).toThrow(/joined in a page only: a server renders the fallback/);
    const html = renderToString(page(createElement(Suspense, { fallback: "waiting" }, createElement(Page))));
    expect(html).toContain("waiting");
  } finally {
    vi.unstubAllGlobals();
  }
  expect(client.peek(id)).toBeUndefined();
  expect(opened).not.toHaveBeenCalled();
});

test("an id of undefined joins nothing, and suspends nothing", async () => {
  const drawn = draw(user(), () => hooks.useMessages(undefined));
  await eventually(() => expect(drawn.last()?.status).toBe("idle"));
  expect(drawn.fallbacks).toBe(0);
});
