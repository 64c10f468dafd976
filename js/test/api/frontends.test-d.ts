// What compiles and what must not, of the entries for frameworks: each @ts-expect-error is a test.
import { ref } from "vue";
import type { DialogueClient, Member, Message, Receipt } from "../../src/index.js";
import { createHooks, usePushStream } from "../../src/react.js";
import type { toSignal } from "../../src/signals.js";
import { createPrimitives } from "../../src/solid.js";
import { roomStore } from "../../src/store.js";
import { createReaders } from "../../src/svelte.js";
import { createComposables } from "../../src/vue.js";
import type { app, Events, Rooms } from "../support/app.js";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_: Equal<A, B>) => {};
type Said = Message<"message", { text: string }>;
declare const client: DialogueClient<Events, Rooms>;

export function stores() {
  const chat = roomStore(client, "chat", { event: "message", last: 50 });
  const [first] = chat.snapshot().messages;
  same<NonNullable<typeof first>["data"], { text: string }>(true);
  void chat.trigger("message", { text: "Hi" });
  // @ts-expect-error an event of another room
  void chat.trigger("game.move", 1);
  // @ts-expect-error a typo is no room
  roomStore(client, "chatt");
  // @ts-expect-error an event of another room
  roomStore(client, "chat", { event: "game.move" });
  // @ts-expect-error no such option
  roomStore(client, "chat", { lst: 50 });
  // @ts-expect-error snapshots are read only
  chat.snapshot().messages.push();
  const count = roomStore(client, "chat", { reduce: (sum: number, { data }) => sum + data.text.length, start: 0 });
  same<ReturnType<typeof count.snapshot>["state"], number>(true);
  for (const message of chat.snapshot().messages) {
    if (message.state === "failed") message.retry();
    // @ts-expect-error one that is pending has no error
    if (message.state === "pending") message.error.code;
  }
  same<ReturnType<typeof toSignal<number>>["value"], number>(true);
}

export function Hooks() {
  const { useMessages, useRoom, useEvent, useLatest, useReduce, useTrigger, useMembers, useTyping, useCan } =
    createHooks<typeof app>();
  const { messages, trigger } = useMessages("chat", { event: "message", last: 50 });
  same<(typeof messages)[number]["data"], { text: string }>(true);
  same<ReturnType<typeof trigger>, Promise<Receipt>>(true);
  useRoom("game-7");
  useRoom(undefined);
  // @ts-expect-error a typo is no room
  useRoom("chatt");
  // @ts-expect-error a room has no list here
  useRoom("chat", { last: 5 });
  useEvent("chat", "message", ({ data }) => data.text);
  // @ts-expect-error an event of another room
  useEvent("chat", "game.move", () => {});
  same<ReturnType<typeof useLatest<"chat", "message">>, Said | undefined>(true);
  const byFrom = useLatest("chat", "message", ({ from }) => from);
  same<typeof byFrom, ReadonlyMap<string, Said>>(true);
  const length = useReduce("chat", (sum: number, { data }) => sum + data.text.length, 0);
  same<typeof length, number>(true);
  const [say, { error }] = useTrigger("chat", "message");
  same<ReturnType<typeof say>, Promise<Receipt | undefined>>(true);
  error?.path;
  // @ts-expect-error the data of the event
  void say({ txt: "Hi" });
  same<ReturnType<typeof useMembers>, readonly Member[]>(false); // the last overload has a selector
  const isHere = useMembers("chat", (members) => members.length > 0);
  same<typeof isHere, boolean>(true);
  const [others] = useTyping("chat", "message");
  same<typeof others, readonly string[]>(true);
  useCan("publish", "chat", "message");
  useCan("join", "chat");
  // @ts-expect-error no such right
  useCan("fly", "chat");
  usePushStream<Events, Rooms>({ rooms: ["chat"] }, { message: (m) => m.data.text });
  // @ts-expect-error no such event
  usePushStream<Events, Rooms>({ rooms: ["chat"] }, { mesage: () => {} });
}

export function composables() {
  const { useMessages, useCan } = createComposables<typeof app>();
  const { messages } = useMessages(ref("chat" as const), { event: "message" });
  same<(typeof messages)["value"][number]["data"], { text: string }>(true);
  useMessages(() => undefined);
  // @ts-expect-error a typo is no room
  useMessages("chatt");
  // @ts-expect-error an event of another room
  useCan("publish", "chat", "game.move");
}

export function readers() {
  const { messages, latest } = createReaders(client);
  const chat = messages(() => "chat", { event: "message" });
  same<(typeof chat)["current"]["messages"][number]["data"], { text: string }>(true);
  // @ts-expect-error a typo is no room
  messages("chatt");
  // @ts-expect-error an event of another room
  latest("chat", "game.move");
}

export function primitives() {
  const { createMessages, createTrigger } = createPrimitives(client);
  const { messages } = createMessages("chat", { event: "message" });
  same<ReturnType<typeof messages>[number]["data"], { text: string }>(true);
  // @ts-expect-error a typo is no room
  createMessages("chatt");
  // @ts-expect-error an event of another room
  createTrigger("chat", "game.move");
}
