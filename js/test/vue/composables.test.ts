// @vitest-environment happy-dom
// The composables besides useMessages, which store/room_store_bindings.test.ts has, against a real server.
import { afterEach, expect, test, vi } from "vitest";
import { createApp, createSSRApp, h, reactive, type App as VueApp } from "vue";
import { renderToString } from "vue/server-renderer";
import type { DialogueClient } from "../../src/index.js";
import { createComposables } from "../../src/vue.js";
import { eventually } from "../support/eventually.js";
import { type App, type Events, newRoom, other, type Rooms, served, user } from "../support/real_server.js";

served();

const vue = createComposables<App>();
const apps: VueApp[] = [];

/** What `use` returns in the setup of a component. */
function setup<T>(client: DialogueClient<Events, Rooms>, use: () => T): T {
  let result!: T;
  const app = createApp({
    setup() {
      result = use();
      return () => null;
    },
  });
  apps.push(app);
  app.use(vue.plugin(client)).mount(document.createElement("div"));
  return result;
}

afterEach(() => {
  for (const app of apps.splice(0)) app.unmount();
});

test("the composables follow the connection, the members, folds, typing and permissions", async () => {
  const id = newRoom();
  const bob = await other(id);
  await bob.room.trigger("cursor", { id: "a", x: 1 });
  const heard: string[] = [];
  const page = setup(user(), () => {
    vue.useEvent(id, "message", ({ data }) => void heard.push(data.text));
    return {
      connection: vue.useConnection(),
      room: vue.useRoom(id),
      members: vue.useMembers(id),
      occupancy: vue.useOccupancy(id),
      cursor: vue.useLatest(id, "cursor"),
      cursors: vue.useLatest(id, "cursor", ({ data }) => data.id),
      sum: vue.useReduce(id, (sum: number, { data }) => sum + data.x, 0, { event: "cursor", last: 9 }),
      typing: vue.useTyping(id, "typing"),
      can: vue.useCan("publish", id, "message"),
      message: vue.useTrigger(id, "message"),
    };
  });
  await eventually(() => expect(page.connection.value.state).toBe("connected"));
  await eventually(() => expect([page.room.status.value, page.occupancy.value, page.can.value]).toEqual(["live", 2, true]));
  await eventually(() =>
    expect([page.cursor.value?.data.x, page.cursors.value.get("a")?.data.x, page.sum.value]).toEqual([1, 1, 1]),
  );
  expect(page.members.value).toHaveLength(2);
  await bob.room.trigger("typing", {});
  await eventually(() => expect(page.typing.others.value).toEqual(["bob"]));
  await bob.say("Hi");
  await eventually(() => expect(heard).toEqual(["Hi"]));
  await page.message.trigger({ text: "" });
  expect(page.message.error.value).toMatchObject({ code: "too_short" });
  expect(page.message.pending.value).toBe(false);
});

test("17: a client, a room and a message may stand in a reactive object", async () => {
  const id = newRoom();
  const client = user();
  const held = reactive({ client, room: client.room(id) });
  expect(held.client).toBe(client);
  const list = setup(held.client as typeof client, () => vue.useMessages(id));
  await eventually(() => expect(list.status.value).toBe("live"));
  await held.room.trigger("message", { text: "Hi" });
  await eventually(() => expect(list.messages.value.map(({ data }) => data)).toEqual([{ text: "Hi" }]));
  client.room(id).release();
});

test("14, 18: a server renders the first value, for each of its users", async () => {
  const page = (client: DialogueClient<Events, Rooms>) =>
    createSSRApp({
      setup() {
        const { messages, status } = vue.useMessages("room-ssr", { last: 50 });
        return () => h("p", [status.value, messages.value.length]);
      },
    }).use(vue.plugin(client));
  const clients = ["ann", "bob"].map((name) => user(name, { autoConnect: false }));
  vi.stubGlobal("window", undefined);
  const html = await Promise.all(clients.map((client) => renderToString(page(client))));
  vi.unstubAllGlobals();
  for (const text of html) expect(text).toMatch(/^<p>.*idle.*0.*<\/p>$/);
});
