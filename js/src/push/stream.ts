// A push stream as the application sees it: handlers, the state, what was delivered, and the connection, which may be
// shared with other tabs.
import type { DialogueError } from "../api/errors.js";
import type { Message } from "../api/messages.js";
import type { PushOptions, PushState, PushStream } from "../api/push.js";
import { canShare } from "../util/can_share.js";
import { reportUncaught } from "../util/emitter.js";
import { streamUrl } from "./address.js";
import { createConnection } from "./connection.js";
import { failure } from "./reading.js";
import { createSharing } from "./sharing.js";

type Handler = (value: any) => void;
type Entry = readonly [event: string, handler: Handler, isOnce?: boolean | undefined];

const pageEvents = "pagehide freeze pageshow resume online visibilitychange".split(" ");
const ownEvents = "open missed heartbeat left error".split(" ").map((name) => `dialogue.${name}`);
/** Names that EventSource confuses with its own events, and patterns, which it does not support. */
const notForEventSource = /^(open|error)$|\*/;

export function createStream(options: PushOptions<any, any, any, any, any>): PushStream<any, any, any> {
  options ??= {};
  const { auth, events, rooms = [], last, silenceMs = 45_000 } = options;
  const token = (auth as { token?: string })?.token;
  const { shared = !token } = options;
  const url = streamUrl(options);
  let handlers: readonly Entry[] = []; // replaced, never changed
  const delivered = new Map<string, Message>(); // the newest of each room
  // The id without the mark of an end, as this is another request; null if it cannot be part of a header.
  const sendable = /^["-~]*(?=!|$)/.exec(options.lastEventId ?? "");
  let id = sendable?.[0] || undefined;
  let state: PushState = "connecting";

  const emit = (event: string, value: unknown) => {
    for (const entry of handlers) {
      const [name, handler, isOnce] = entry;
      if (name !== event || !handlers.includes(entry)) continue; // removed by another one
      if (isOnce) remove(entry);
      try {
        handler(value);
      } catch (error) {
        reportUncaught(error);
      }
    }
  };

  const add = (...entry: Entry) => {
    handlers = [...handlers, entry];
    return () => remove(entry);
  };
  const remove = (entry: Entry) => {
    handlers = handlers.filter((other) => other !== entry);
  };
  const off = (event: string, handler: Handler) => {
    for (const entry of handlers) if (entry[0] === event && entry[1] === handler) remove(entry);
  };

  const setState = (next: PushState) => {
    if (next === state || state === "closed") return;
    state = next;
    emit("dialogue.state", state);
  };

  const close = (error?: DialogueError) => {
    stop();
    sharing?.leaveSharing();
    listen("removeEventListener");
    if (error) emit("dialogue.error", error);
    setState("closed");
  };

  /** Takes a block from the connection of this tab or of another tab. A message that was received before is ignored. */
  const take = (type: string, data: string, nextId: string) => {
    let value = type && JSON.parse(data);
    const { roomId, epoch, seq, message, retryAfterMs } = value;
    id = nextId;
    if (type === "dialogue.open") {
      connection.opened();
      setState("connected");
    } else if (type === "dialogue.error") {
      value = failure(message, value);
      if (nextId.includes("!")) return close(value); // the server's mark of a permanent end
      if (retryAfterMs) connection.postpone(retryAfterMs);
    } else if (seq) {
      const before = delivered.get(roomId);
      if (before?.epoch === epoch && before!.seq >= seq) return;
      delivered.set(roomId, value);
    }
    if (type) emit(type, value);
  };

  const connection = createConnection(
    {
      url,
      token,
      silenceMs,
      names:
        token !== undefined || shared || !events || notForEventSource.test(events.join("\n"))
          ? undefined
          : [...events, ...ownEvents],
    },
    {
      lastId: () => id ?? "",
      block: (type, data, nextId) => {
        sharing?.relay(type, data, nextId);
        take(type, data, nextId);
        sharing?.moved();
      },
      lost: (error) => {
        setState("reconnecting");
        sharing?.announce();
        if (error) emit("dialogue.error", error);
      },
      missedEvents: () => {
        for (const roomId of rooms) state !== "closed" && emit("dialogue.missed", { roomId, reason: "id_unknown" });
      },
      over: close,
    },
  );

  const { stop, isStarted } = connection;
  const start = () => {
    if (isStarted()) return; // it caught up by itself, and now leads
    if (state === "connected") setState("reconnecting");
    connection.start();
  };

  const sharing =
    shared && canShare()
      ? createSharing(`dialogue push ${shared} ${url}`, {
          id: () => id,
          state: () => state,
          hasPast: last,
          silenceMs,
          takeBlock: take,
          followLeader: (itsId, itsState) => {
            id = itsId;
            setState(itsState);
          },
          start,
          stop,
          isStarted,
        })
      : undefined;

  const enter = sharing?.enter ?? start;

  let isAway: boolean | undefined;
  const onPage = ({ type }: Event) => {
    if (/hide|fr/.test(type)) {
      // The browser may keep the page: another tab leads, and this one continues at its position.
      isAway = true;
      stop();
      sharing?.leaveSharing();
    } else if (/show|res/.test(type)) {
      if (isAway) enter();
      isAway = false;
    } else if (!globalThis.document?.hidden) {
      connection.wake(type === "online");
    }
  };

  const listen = (how: "addEventListener" | "removeEventListener") => {
    for (const type of pageEvents) globalThis[how]?.(type, onPage, true); // freeze and resume are the document's
  };

  // At the end of the turn: React's StrictMode makes, closes and makes again, and handlers are added meanwhile.
  queueMicrotask(() => {
    if (state === "closed") return;
    listen("addEventListener");
    if (!sendable) emit("dialogue.error", failure("No lastEventId", { code: "request_invalid" }));
    enter();
  });

  return {
    get state() {
      return state;
    },
    get lastEventId() {
      return id ?? "";
    },
    on: add,
    once: (event: string, handler: Handler) => add(event, handler, true),
    off,
    close: () => {
      if (state !== "closed") close();
    },
  };
}
