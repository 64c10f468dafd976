// What compiles and what must not, of `dialogue-client/push`: each @ts-expect-error is a test.
import type { Filterable, Message } from "../../src/index.js";
import { createPushStream, type DialogueError, type PushOpening, type PushState, type PushStream } from "../../src/push.js";
import { app, type Events, type Rooms } from "../support/app.js";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_: Equal<A, B>) => {};

export function typedByTheApp() {
  const stream = createPushStream({ app, rooms: ["chat"] });
  stream.on("message", (m) => same<typeof m, Message<"message", { text: string }>>(true));
  // @ts-expect-error an event of another room
  stream.on("game.move", () => {});
  // @ts-expect-error no such event
  stream.once("mesage", () => {});
  const both = createPushStream({ app, rooms: ["chat", "game-7"] });
  both.on("game.move", (m) => same<typeof m.data, unknown>(true));
  both.on("message", (m) => m.data.text.length);
  // @ts-expect-error a typo is no room
  createPushStream({ app, rooms: ["chatt"] });
  // @ts-expect-error a stream only listens
  stream.trigger("message", { text: "Hi" });
}

export function typedByTheTypes() {
  const stream = createPushStream<Events, Rooms>({ rooms: ["chat", "game-7"] });
  stream.on("message", (m) => m.data.text.length);
  stream.on("game.move", () => {});
  // @ts-expect-error a typo is no room
  createPushStream<Events, Rooms>({ rooms: ["chatt"] });
}

export function selected() {
  const some = createPushStream({ app, rooms: ["chat", "game-7"], events: ["game.*"] });
  some.on("game.move", () => {});
  // @ts-expect-error not one of those that were asked for
  some.on("message", () => {});
  createPushStream({ app, rooms: ["chat", "game-7"], events: ["message"] }).on("message", (m) => m.data.text);
  // @ts-expect-error no such event, and no pattern
  createPushStream({ app, rooms: ["chat"], events: ["mesage"] });
}

export function ofTheStream() {
  const stream = createPushStream({ app, rooms: ["chat"], last: 5, lastEventId: "a.1", shared: false, silenceMs: 60_000 });
  same<typeof stream.state, PushState>(true);
  stream.on("dialogue.open", (opening) => same<typeof opening, PushOpening>(true));
  stream.on("dialogue.missed", ({ roomId, reason, from }) => roomId + reason + from);
  stream.on("dialogue.error", (error) => same<typeof error, DialogueError>(true));
  const off = stream.once("dialogue.state", (state) => state === "connected");
  off();
  const handler = () => {};
  stream.on("message", handler);
  stream.off("message", handler);
  // @ts-expect-error read only
  stream.state = "closed";
  const any: PushStream = stream;
  any.on("whatever", (m) => m.data.whatever);
}

export function ofTheUser() {
  const own = createPushStream({ app, user: "me", auth: { token: async () => "t" }, shared: "ann" });
  own.on("message", (m) => {
    same<typeof m.roomId, string | undefined>(true);
    m.data.text.length;
  });
  own.on("game.move", () => {});
  // @ts-expect-error only one's own
  createPushStream({ app, user: "ann" });
}

export function bytes() {
  interface Album {
    picture: { data: Uint8Array; more?: (Uint8Array | null)[]; size: number };
  }
  const stream = createPushStream<Album, { album: "picture" }>({ rooms: ["album"] });
  stream.on("picture", ({ data }) => {
    same<typeof data.data, string>(true);
    same<typeof data.more, (string | null)[] | undefined>(true);
    same<typeof data.size, number>(true);
  });
}

export function filters() {
  interface Shop extends Filterable<{ order: "region" | "total" }> {
    order: { region: "eu" | "us"; total: number };
  }
  createPushStream<Shop, { orders: "order" }>({ rooms: ["orders"], filter: { eq: ["region", "eu"] } });
  // @ts-expect-error no such value
  createPushStream<Shop, { orders: "order" }>({ rooms: ["orders"], filter: { eq: ["region", "uk"] } });
}

export function untyped() {
  const stream = createPushStream({ url: "https://example.com", rooms: ["news"], events: ["order.*"] });
  stream.on("order.created", (m) => {
    same<typeof m.data, unknown>(true);
    m.roomId.length;
  });
}
