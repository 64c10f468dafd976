// What compiles and what must not: each @ts-expect-error is a test (tsc -p tsconfig.test.json, part of `npm run lint`).
import {
  createDialogueClient,
  type DialogueClient,
  DialogueError,
  type DialogueErrorCode,
  type DialogueErrorOf,
  type Filterable,
  type Message,
  type Room,
  type RoomId,
  type RoomOf,
  SignedOut,
  type Waiting,
} from "../../src/index.js";
import { createDialogueClient as createFromUrl } from "../../src/url.js";
import { app, type Events, type Rooms } from "../support/app.js";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_: Equal<A, B>) => {};

const client = createDialogueClient({ app, auth: { token: "t" } });

/** F-C27: who wants any client or room takes a typed one. */
export async function untyped() {
  const any: DialogueClient = client;
  const room: Room = await client.join("chat");
  const list: Room[] = [room, client.room("game-1")];
  any.room("whatever").on("anything", (m) => m.data.whatever);
  list[0]!.trigger("anything", { a: 1 });
}

/** F-C28: what comes from a typed client is typed. */
export async function typedThroughout() {
  client.on("room", (room) => room.on("message", (m) => m.data.text.length));
  for (const { id } of (await client.listRooms()).rooms) await client.join(id);
  const shown = (room: RoomOf<typeof app, "chat">) => room.on("message", (m) => m.data.text.length);
  shown(client.room("chat"));
  // @ts-expect-error another room
  shown(client.room("game-1"));
}

/** F-C28: what will not be sent is typed by the definitions, in errors and in the list. */
export async function typedUnsent() {
  client.on("error", ({ code, unsent, missed }) => {
    if (unsent?.event === "message") unsent.data.text.length;
    // @ts-expect-error there is no such event
    if (unsent?.event === "massage") return;
    if (code === "events_missed") missed.recovered satisfies boolean;
  });
  for (const each of client.unsent()) {
    // @ts-expect-error which event is not known yet
    each.data.text.length;
    if (each.event === "message") each.data.text.length;
  }
  createDialogueClient().on("error", ({ unsent }) => unsent?.event satisfies string | undefined);
  const any: DialogueClient = client;
  any.on("error", ({ unsent }) => unsent?.data.whatever);
}

/** F-C28: helpers that are generic over the room's id. */
export function genericHelpers<Id extends RoomId<Rooms>>(id: Id): RoomOf<typeof app, Id> {
  const room: RoomOf<typeof app, Id> = client.room(id);
  client.join(id).then((joined: RoomOf<typeof app, Id>) => joined.leave());
  return room;
}
genericHelpers("chat").on("message", (m) => m.data.text.length);
// @ts-expect-error another room's event
genericHelpers("game-1").on("message", () => {});

/** F-C30: the names say what they are for, and what is heard once is heard by `once`. */
export function names() {
  client.onDirect("message", ({ data }) => data.text.length);
  client.room("chat").once("message", ({ data }) => data.text.length);
  client.once("connect_error", ({ retryAt }) => retryAt.toFixed());
  // @ts-expect-error it hears only what is sent to the user, and so it is called onDirect
  client.onEvent("message", () => {});
}

/** F-C34: what prints, and whose definitions are whose. */
export function watching() {
  createDialogueClient({ app, debug: (line) => line.length });
  createDialogueClient({ debug: true });
  // @ts-expect-error no level: it prints, or it does not
  createDialogueClient({ debug: "verbose" });
  client.on("definitions", ({ page, server }) => page === app.fingerprint || server.length);
}

/**
 * F-C29: an event without data is triggered without data, and a pattern for everything leaves the other rooms known.
 */
export async function withoutData() {
  const pinger = createDialogueClient<{ ping: null; say: { text: string } }, { chat: "ping" | "say"; "{any}": "ping" }>();
  await pinger.room("chat").trigger("ping");
  await pinger.room("whatever").trigger("ping", null, { priority: "low" });
  // @ts-expect-error this one has data
  await pinger.room("chat").trigger("say");
  // @ts-expect-error another room's event
  await pinger.room("whatever").trigger("say", { text: "Hi" });
}

export async function typedRooms() {
  const chat = await client.join("chat");
  await client.join("game-42");
  const n: number = 7;
  const game = await client.join(`game-${n}`);
  // @ts-expect-error a typo is no room
  await client.join("chatt");
  // @ts-expect-error the parameter needs its prefix
  await client.join("match-42");
  // @ts-expect-error a room without this event cannot start with it
  await client.join("chat", { events: ["game.move"] });
  await client.join("chat", { events: ["message"], from: { last: 10 } });
  await client.join("chat", { from: { since: chat.position } });
  await client.join("chat", { token: () => "a" });
  await client.join("chat", { token: async () => "a", from: "tail" });
  // @ts-expect-error: it is asked for anew
  await client.join("chat", { token: "a" });
  // @ts-expect-error no such start
  await client.join("chat", { from: "head" });

  same<typeof chat, Room<Events, "message">>(true);
  same<typeof game, Room<Events, "game.move">>(true);
  chat.on("message", (m) => {
    same<typeof m, Message<"message", { text: string }>>(true);
    m.data.text.toUpperCase();
    // @ts-expect-error no such field
    m.data.txt;
  });
  // @ts-expect-error no such event
  chat.on("mesage", () => {});
  // @ts-expect-error an event of another room
  chat.on("game.move", () => {});
  chat.onAny((event, m) => {
    same<typeof event, "message">(true);
    m.data.text.length;
  });
  for await (const m of chat.events("message")) m.data.text;

  const receipt = await chat.trigger("message", { text: "Hi" }, { signal: new AbortController().signal });
  receipt.seq + receipt.epoch + receipt.timestamp;
  // @ts-expect-error the wrong type
  await chat.trigger("message", { text: 5 });
  // @ts-expect-error a missing property
  await chat.trigger("message", {});
  // @ts-expect-error one too many
  await chat.trigger("message", { text: "Hi", extra: 1 });
  // @ts-expect-error an event of another room
  await chat.trigger("game.move", 1);
  await game.trigger("game.move", { anything: [1, 2] });

  for await (const m of chat.history({ limit: Infinity, before: chat.position })) {
    same<typeof m, Message<"message", { text: string }>>(true);
    m.data.text.length;
  }
  chat.history({ before: 17 });
  // @ts-expect-error a number, or Infinity
  chat.history({ limit: "all" });
  await chat.trigger("message", { text: "Hi" }, { priority: "high" });
  // @ts-expect-error no such priority
  await chat.trigger("message", { text: "Hi" }, { priority: "urgent" });
  same<typeof chat.recoveredReason, "epoch_changed" | "trimmed" | "ahead" | "forbidden" | undefined>(true);

  await chat.subscribe("message");
  // @ts-expect-error an event of another room
  await chat.unsubscribe("game.move");
}

/** Filters name the properties that the generated module lists, and compare them with values of their types. */
export async function filters() {
  interface Order {
    region: "eu" | "us";
    total: number;
    note?: string;
    customer?: { id: string };
  }
  interface Shop extends Filterable<{ order: "region" | "total" | "customer.id"; refund: "total" }> {
    order: Order;
    refund: { total: string };
    chat: { text: string };
  }
  const shop = createDialogueClient<Shop, { orders: "order"; all: "order" | "refund"; talk: "chat" }>();
  await shop.join("orders", { filter: { and: [{ eq: ["region", "eu"] }, { gte: ["total", 100] }] } });
  await shop.join("orders", { filter: { or: [{ in: ["region", ["eu", "us"]] }, { not: { exists: "customer.id" } }] } });
  await shop.join("orders", { filter: { prefix: ["customer.id", "c-"] }, match: ["ord*"] });
  await shop.join("all", { filter: { ne: ["total", "12"] }, match: ["order", "re*"] });
  // @ts-expect-error it is not filterable
  await shop.join("orders", { filter: { eq: ["note", "x"] } });
  // @ts-expect-error no such value
  await shop.join("orders", { filter: { eq: ["region", "uk"] } });
  // @ts-expect-error a number
  await shop.join("orders", { filter: { lt: ["total", "12"] } });
  // @ts-expect-error only text has a beginning
  await shop.join("orders", { filter: { prefix: ["total", "1"] } });
  // @ts-expect-error no such operator
  await shop.join("orders", { filter: { equals: ["total", 1] } });
  // @ts-expect-error none of its events can be filtered
  await shop.join("talk", { filter: { eq: ["total", 1] } });
  // @ts-expect-error an event of another room
  await shop.join("orders", { match: ["refund"] });
  // Where the module does not say, any property.
  await client.join("chat", { filter: { eq: ["text", "Hi"] } });
  await createDialogueClient().join("whatever", { filter: { exists: "a.b" }, match: ["a*", "b"] });
  const any: DialogueClient = shop;
  await any.join("orders", { filter: { exists: "anything" } });
}

export async function anyRooms() {
  const plain = createDialogueClient({ url: "ws://host", auth: { userId: "ann", meta: { role: "host" } } });
  createDialogueClient({ url: ["https://a", "https://b"] });
  // @ts-expect-error a list of servers has one
  createDialogueClient({ url: [] });
  const room = await plain.join("whatever");
  room.on("anything", (m) => {
    same<typeof m.data, unknown>(true);
    // @ts-expect-error unknown data must be looked at first
    m.data.text;
  });
  await room.trigger("anything", { a: 1 });
  for (const { id, size, maxSize } of (await plain.listRooms()).rooms) id.length + size + (maxSize ?? 0);
}

export function clientEvents() {
  const off = client.on("state", (state) => {
    if (state === "connected") return;
    // @ts-expect-error no such state
    state === "conected";
  });
  off();
  client.on("pending", (count) => same<typeof count, number>(true));
  client.on("error", (error) => error.unsent && [error.unsent.event, error.unsent.data]);
  client.on("error", (error) => error.code === "events_missed" && error.roomId);
  client.on("waiting", (waiting) => same<typeof waiting, Waiting | undefined>(true));
  // @ts-expect-error what is waited for is read, not written
  client.waiting = undefined;
  same<typeof client.transport, "websocket" | "stream" | "polling" | null>(true);
  client.on("transport", ({ transport, previous, attempts }) => {
    same<typeof transport, typeof client.transport>(true);
    same<typeof previous, typeof client.transport>(true);
    for (const { afterMs } of attempts) same<typeof afterMs, number>(true);
  });
  createDialogueClient({ transports: ["polling", "websocket"] });
  // @ts-expect-error no such transport
  createDialogueClient({ transports: ["sse"] });
  // @ts-expect-error no such event
  client.on("open", () => {});
  // @ts-expect-error state is read, not written
  client.state = "closed";
  same<DialogueError["code"], DialogueErrorCode>(true);
}

/** The code tells what else an error has. */
export function errors(thrown: unknown) {
  if (!(thrown instanceof DialogueError)) return;
  same<typeof thrown, DialogueError>(true);
  same<typeof thrown.path, string | undefined>(true);
  same<typeof thrown.retryAfterMs, number | undefined>(true);
  thrown.message.length + (thrown.stack ?? "").length;
  if (thrown.code === "rate_limited") {
    same<typeof thrown, DialogueErrorOf<"rate_limited">>(true);
    same<typeof thrown.retryAfterMs, number | undefined>(true);
    same<typeof thrown.path, undefined>(true);
  }
  if (thrown.code === "too_long" || thrown.code === "required_missing") {
    same<typeof thrown.path, string>(true);
    same<typeof thrown.retryAfterMs, undefined>(true);
  }
  switch (thrown.code) {
    case "forbidden":
      same<typeof thrown.path, undefined>(true);
      same<typeof thrown.retryAfterMs, undefined>(true);
      break;
    // @ts-expect-error no such code
    case "forbiden":
      break;
  }
  // @ts-expect-error an error is read, not written
  thrown.code = "closed";
  const made: DialogueError = new DialogueError("aborted", "Enough.");
  made.roomId?.length;
  // @ts-expect-error no such code
  new DialogueError("abort", "Enough.");
}

export async function permissions() {
  const may = await client.can("publish", "chat", "message");
  same<typeof may, boolean>(true);
  await client.can("publish", "game-7", "game.move");
  await client.can("join", "game-7");
  for (const right of ["join", "history", "presence", "manage"] as const) await client.can(right, "chat");
  // @ts-expect-error publishing is about an event
  await client.can("publish", "chat");
  // @ts-expect-error an event of another room
  await client.can("publish", "chat", "game.move");
  // @ts-expect-error no such right
  await client.can("read", "chat");
  // @ts-expect-error a typo is no room
  await client.can("join", "chatt");
  await createDialogueClient().can("publish", "whatever", "anything");
}

/** F-U-H3, F-U-M3, F-U-M4, F-U-M9: what frameworks and forms read. */
export async function surface() {
  for (const { id, queuedAt } of client.unsent()) id.length + queuedAt.toFixed().length;
  // @ts-expect-error it is frozen
  client.unsent().push();
  client.on("settled", ({ id, seq, error }) => id.length + (seq ?? 0) + (error?.code.length ?? 0));
  client.on("loaded", () => client.unsent().length);
  client.onUser((userId) => userId.length);
  client.room("chat").onState((state) => same<typeof state, Room["state"]>(true));
  const room = client.peek("game-7");
  room?.on("game.move", ({ data }) => same<typeof data, unknown>(true));
  // @ts-expect-error there may be none
  room.release();
  const { ok, issues } = await client.validate("message", { text: 5 });
  same<typeof ok, boolean>(true);
  for (const { code, path } of issues) {
    same<typeof code, DialogueErrorCode>(true);
    path.join(".");
  }
  // @ts-expect-error no such event
  await client.validate("mesage", {});
  await client.setAuth({ token: async () => "t" });
  await client.setAuth();
  createDialogueClient({ auth: { token: () => Promise.reject(new SignedOut()) } });
  const { rooms, next } = await client.listRooms();
  same<typeof next, string | undefined>(true);
  rooms[0]?.size.toFixed();
  const page = client.room("chat").history({ limit: 10 });
  same<typeof page.hasMore, boolean | undefined>(true);
  for await (const { data } of page) data.text.length;
}

export function ownEvents() {
  const off = client.onDirect("message", (m) => {
    same<typeof m.data, { text: string }>(true);
    same<typeof m.event, "message">(true);
    m.from.length + m.timestamp;
    // @ts-expect-error it belongs to no room
    m.roomId;
  });
  off();
  // @ts-expect-error no such event
  client.onDirect("mesage", () => {});
  createDialogueClient().onDirect("anything", (m) => same<typeof m.data, unknown>(true));
}

export function options() {
  createDialogueClient();
  createDialogueClient({ auth: { token: async () => "t" }, transports: ["websocket"], outbox: "memory" });
  createFromUrl({ app, wasm: new URL("https://cdn.example/dialogue.wasm") });
  // @ts-expect-error only the url entry loads a file
  createDialogueClient({ wasm: "/dialogue.wasm" });
  // @ts-expect-error a token is text
  createDialogueClient({ auth: { token: 5 } });
  createDialogueClient({ outbox: "indexeddb" });
  createDialogueClient({ outbox: { store: "indexeddb", name: "ann", maxEvents: 100, maxBytes: 1e6, maxAge: 3.6e6 } });
  // @ts-expect-error the store must be named
  createDialogueClient({ outbox: { maxEvents: 100 } });
  // @ts-expect-error no such store
  createDialogueClient({ outbox: "redis" });
  // @ts-expect-error a transport of a later version
  createDialogueClient({ transports: ["sse"] });
}

/** Overlapping ids and patterns: exact beats pattern, then the longest literal prefix. */
export async function overlappingRooms() {
  interface Overlapping {
    "game-lobby": "a";
    "game-{id}": "b";
    "game-vip-{id}": "c";
    "{any}": "d";
    quiet: never;
  }
  type AllEvents = Record<"a" | "b" | "c" | "d", number>;
  const overlapping = createDialogueClient<AllEvents, Overlapping>();
  same<Awaited<ReturnType<typeof overlapping.join<"game-lobby">>>, Room<AllEvents, "a">>(true);
  same<Awaited<ReturnType<typeof overlapping.join<"game-1">>>, Room<AllEvents, "b">>(true);
  same<Awaited<ReturnType<typeof overlapping.join<"game-vip-1">>>, Room<AllEvents, "c">>(true);
  same<Awaited<ReturnType<typeof overlapping.join<"other">>>, Room<AllEvents, "d">>(true);
  const quiet = await overlapping.join("quiet");
  // @ts-expect-error a room without events
  await quiet.trigger("a", 1);
}

export type { Rooms };
