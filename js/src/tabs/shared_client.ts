// One tab of those that share a connection. The tab that has the Web Lock also has the hub, which holds the connection;
// each tab, that one too, asks the holder by messages and keeps its own rooms, handlers and positions.

import type { DialogueClient } from "../api/client.js";
import type { DialogueError } from "../api/errors.js";
import type { ClientState } from "../api/events.js";
import type { TriggerOptions } from "../api/room.js";
import type { SharedClient, SharedJoinOptions, SharedOptions, SharedRole } from "../api/tabs.js";
import { makeError } from "../core/make_error.js";
import { ErrorCode } from "../generated/tables.js";
import { Emitter } from "../util/emitter.js";
import { createHub, type Hub } from "./hub.js";
import type { Platform } from "./platform.js";
import { createTabRoom, type TabRoom } from "./tab_room.js";
import { type Joined, type Report, type Request, requestsMax, roomsMax, unpackError, type Wire } from "./wire.js";

/** A visible tab asks for a sign of life this often, and takes the connection over after four times without one. */
const pingMs = 200;
const pingsMax = 4;

type Ask = Request extends infer R ? (R extends Request ? Omit<R, "tab" | "holder" | "n"> : never) : never;
interface Pending {
  ask: Ask;
  sentTo: string | undefined;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

const checked = (options: SharedOptions): SharedOptions => {
  const { user, server = "" } = options ?? {};
  if (typeof user !== "string" || !user || user.length > 128)
    throw makeError(ErrorCode.request_invalid, "", "$.user", undefined, "must be a user id of 1 to 128 characters.");
  if (typeof server !== "string" || server.length > 1024)
    throw makeError(ErrorCode.request_invalid, "", "$.server", undefined, "must be an address of at most 1,024 characters.");
  return { user, server };
};

export function createTab(create: () => DialogueClient, options: SharedOptions, platform: Platform): SharedClient {
  if (typeof create !== "function")
    throw makeError(ErrorCode.request_invalid, "", "$.create", undefined, "must be a function that makes a client.");
  const { user, server } = checked(options);
  const name = `dialogue-tabs:1:${server}:${user}`;
  const rooms = new Map<string, TabRoom>();
  const requests = new Map<number, Pending>();
  const handlers = new Emitter();
  let id = platform.randomId();
  let state: ClientState = "connecting";
  let userId: string | undefined;
  let lastError: DialogueError | undefined;
  let role: SharedRole = "waiting";
  let holder: { id: string; term: number } | undefined;
  let term = 0;
  let hub: Hub | undefined;
  let channel: ReturnType<Platform["channel"]> | undefined;
  let presence = new AbortController(); // ends when the tab leaves the others
  let waiting = new AbortController(); // ends the wait for the lock
  let release: (() => void) | undefined;
  let isClosed = false;
  let isHere = false;
  let unanswered = 0;
  let numbers = 0;

  const setRole = (next: SharedRole) => {
    if (role === next) return;
    role = next;
    handlers.emit("role", role);
  };
  const setState = (next: ClientState) => {
    if (state === next) return;
    state = next;
    if (state === "connected") lastError = undefined;
    handlers.emit("state", state);
  };

  /** Sends to the other tabs, and to this one's other part in its own turn. */
  const post = (message: Wire) => {
    if (!isHere) return;
    const isOwn = ("holder" in message && message.holder === hubId()) || ("to" in message && message.to === id);
    if (!isOwn) channel?.post(message);
    queueMicrotask(() => receive(message));
  };
  const hubId = () => (hub ? id : undefined);

  const send = (n: number, ask: Ask) => post({ ...ask, tab: id, holder: holder!.id, n } as Request);
  /** Asks the holder, this one or the next; `numbered` receives the number of the request. */
  const ask = <T>(question: Ask, numbered?: (n: number) => void): Promise<T> =>
    new Promise((resolve, reject) => {
      if (isClosed) return reject(makeError(ErrorCode.closed));
      if (requests.size >= requestsMax) return reject(makeError(ErrorCode.outbox_full, requestsMax));
      const n = ++numbers;
      requests.set(n, { ask: question, sentTo: undefined, resolve: resolve as (value: unknown) => void, reject });
      numbered?.(n);
      sendWaiting();
    });

  /** Sends what was not sent to this holder: joins first, since publications need the membership. */
  const sendWaiting = () => {
    if (!holder || !isHere) return;
    for (const [n, one] of requests) {
      if (one.sentTo === holder.id) continue;
      if (one.ask.ask === "trigger" && !rooms.get(one.ask.room)?.isCurrent(holder.id)) continue;
      one.sentTo = holder.id;
      try {
        send(n, one.ask);
      } catch (error) {
        requests.delete(n); // data that cannot be cloned
        one.reject(error);
      }
    }
  };

  /** The holder is gone: what it was asked to publish may be published. */
  const loseHolder = () => {
    for (const [n, one] of [...requests]) {
      if (one.sentTo !== undefined && one.ask.ask === "trigger") {
        requests.delete(n);
        one.reject(makeError(ErrorCode.outcome_unknown));
      } else if (one.ask.ask === "join" && one.sentTo !== undefined) {
        one.sentTo = undefined;
      }
    }
    holder = undefined;
  };

  const enterRoom = async (room: TabRoom): Promise<void> => {
    const from = room.place ? { since: room.place } : room.from;
    const joined = await ask<Joined>({ ask: "join", room: room.id, from } as Ask);
    if (rooms.get(room.id) !== room) return;
    room.isAsking = false;
    room.enter(joined, holder?.id);
    sendWaiting();
  };

  /** Asks for what a joined room lacks: of a new holder, or after a gap. */
  const refresh = (room: TabRoom) => {
    if (room.isAsking) return;
    room.isAsking = true;
    enterRoom(room).catch((error) => {
      if (rooms.get(room.id) !== room || isClosed) return;
      rooms.delete(room.id);
      room.end(error);
    });
  };

  const onLead = ({ from, term: itsTerm, state: itsState, userId: itsUser }: Report & { report: "lead" }) => {
    if (itsTerm < term || (itsTerm === term && holder && from < holder.id)) return;
    if (holder?.id !== from || term !== itsTerm) {
      loseHolder();
      holder = { id: from, term: itsTerm };
      term = itsTerm;
      setRole(from === id ? (channel ? "holder" : "alone") : "follower");
      for (const room of rooms.values()) if (room.place) refresh(room);
      sendWaiting();
    }
    userId = itsUser;
    setState(itsState);
  };

  const receive = (message: Wire) => {
    if (isClosed || !isHere) return;
    if ("hello" in message) return hub?.lead();
    if ("ask" in message) return hub?.take(message);
    if (message.report === "lead") onLead(message);
    if (message.from !== holder?.id) return;
    unanswered = 0;
    if (message.report === "event") {
      const room = rooms.get(message.relayed.message.roomId);
      if (room?.take(message.relayed) === "gap") refresh(room);
    }
    if (message.report === "recover") rooms.get(message.room)?.recover(message.recovery);
    if (message.report === "error") {
      lastError = unpackError(message.error);
      handlers.emit("error", lastError);
    }
    if (message.report === "left") {
      const room = rooms.get(message.room);
      if (room?.place) {
        rooms.delete(message.room);
        room.end(message.error && unpackError(message.error));
      }
    }
    if (message.report === "answer" && message.to === id) {
      const one = requests.get(message.n);
      requests.delete(message.n);
      if (message.error) one?.reject(unpackError(message.error));
      else one?.resolve(message.value);
    }
  };

  const lead = () =>
    new Promise<void>((resolve) => {
      stepDown();
      if (!isHere || isClosed) return resolve();
      release = resolve;
      unanswered = 0;
      hub = createHub({
        id,
        term: Math.max(term + 1, platform.now()),
        user,
        create,
        post,
        watch: (tab, signal, gone) => {
          platform.locks?.request(`${name}:${tab}`, { signal }, gone).catch(() => {});
        },
        later: platform.later,
      });
      hub.lead();
    });

  /** This tab holds the connection no longer. */
  const stepDown = () => {
    hub?.stop();
    hub = undefined;
    release?.();
    release = undefined;
  };

  const request = (how: LockOptions) => {
    let mine: Hub | undefined;
    const hold = () => {
      const held = lead();
      mine = hub;
      return held;
    };
    platform.locks!.request(name, how, hold).catch((error) => {
      if (mine) {
        if (mine !== hub) return;
        stepDown(); // another tab has taken it, since this one was frozen
        loseHolder();
        setRole("waiting");
        if (isHere) queue();
      } else if (error?.name !== "AbortError") {
        channel?.close(); // a page that may not have locks, such as a sandboxed frame
        channel = undefined;
        void lead();
      }
    });
  };
  const queue = () => {
    waiting = new AbortController();
    request({ signal: waiting.signal });
    post({ hello: true });
  };

  const ping = () => {
    if (hub || !isHere || !channel || !platform.isVisible() || (!rooms.size && !requests.size)) return;
    if (unanswered++ < pingsMax) {
      if (holder) send(0, { ask: "ping" } as Ask);
      else post({ hello: true });
      return;
    }
    unanswered = 0;
    waiting.abort();
    request({ steal: true });
  };

  const enter = () => {
    if (isHere || isClosed) return;
    isHere = true;
    presence = new AbortController();
    if (!platform.locks) return void lead();
    const mine = presence;
    channel = platform.channel(name, receive);
    // The holder waits for this lock, to see that the tab is gone.
    const whenGone = new Promise<void>((resolve) => mine.signal.addEventListener("abort", () => resolve()));
    platform.locks
      .request(`${name}:${id}`, {}, () => {
        if (!mine.signal.aborted) queue();
        return whenGone;
      })
      .catch(() => {
        if (!mine.signal.aborted) queue();
      });
  };

  const goAway = () => {
    if (!isHere) return;
    if (holder && !hub) send(0, { ask: "gone" } as Ask);
    isHere = false;
    presence.abort();
    waiting.abort();
    stepDown();
    loseHolder();
    channel?.close();
    channel = undefined;
    id = platform.randomId();
    setRole("waiting");
  };

  const stopPings = platform.every(ping, pingMs);
  const stopLifecycle = platform.lifecycle(goAway, enter);
  enter();

  const trigger = (room: TabRoom, event: string, data: unknown, { signal, ...options }: TriggerOptions = {}) => {
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (rooms.get(room.id) !== room) return Promise.reject(makeError(ErrorCode.not_joined, "", undefined, room.id));
    return new Promise((resolve, reject) => {
      let n = 0;
      const asked = ask({ ask: "trigger", room: room.id, event, data, options } as Ask, (number) => (n = number));
      const abort = () => {
        const sentTo = requests.get(n)?.sentTo;
        requests.delete(n);
        if (sentTo !== undefined && sentTo === holder?.id) send(n, { ask: "abort" } as Ask);
        reject(signal!.reason);
      };
      signal?.addEventListener("abort", abort);
      asked.then(resolve, reject).finally(() => signal?.removeEventListener("abort", abort));
    });
  };

  const leave = (room: TabRoom) => {
    if (rooms.get(room.id) !== room || --room.references > 0) return;
    rooms.delete(room.id);
    for (const [n, one] of [...requests]) {
      if (!("room" in one.ask) || one.ask.room !== room.id || (one.ask.ask === "trigger" && one.sentTo)) continue;
      requests.delete(n);
      one.reject(makeError(ErrorCode.not_joined, "", undefined, room.id));
    }
    if (holder) send(0, { ask: "leave", room: room.id } as Ask);
    room.end(undefined);
  };

  const join = async (roomId: string, { from, signal, ...others }: SharedJoinOptions = {}) => {
    const other = Object.keys(others)[0];
    if (other) {
      const text = "is not for shared connections: use a client of this tab's own.";
      throw makeError(ErrorCode.request_invalid, "", `$.${other}`, roomId, text);
    }
    if (typeof roomId !== "string" || !roomId) throw makeError(ErrorCode.name_invalid);
    if (isClosed) throw makeError(ErrorCode.closed);
    signal?.throwIfAborted();
    let room = rooms.get(roomId);
    if (!room) {
      if (rooms.size >= roomsMax) throw makeError(ErrorCode.too_many_rooms);
      const made: TabRoom = createTabRoom(roomId, from, {
        trigger: (event, data, options) => trigger(made, event, data, options),
        leave: () => leave(made),
        later: (act) => void platform.later(act, 0),
      });
      room = made;
      rooms.set(roomId, room);
      room.entering = enterRoom(room);
      room.entering.catch(() => {
        if (rooms.get(roomId) === made) rooms.delete(roomId);
      });
    }
    const joining = room;
    joining.references += 1;
    return new Promise((resolve, reject) => {
      const abort = () => {
        leave(joining);
        reject(signal!.reason);
      };
      signal?.addEventListener("abort", abort);
      joining.entering!.then(() => resolve(joining.face), reject).finally(() => signal?.removeEventListener("abort", abort));
    });
  };

  return {
    get state() {
      return state;
    },
    get userId() {
      return userId;
    },
    get lastError() {
      return lastError;
    },
    get role() {
      return role;
    },
    join: join as never,
    on: ((event: string, handler: (value: any) => void) => {
      if (!["state", "role", "error"].includes(event)) throw makeError(ErrorCode.not_in_enum, "", "$.event");
      return handlers.on(event, handler);
    }) as never,
    close: () => {
      if (isClosed) return;
      goAway();
      isClosed = true;
      stopPings();
      stopLifecycle();
      for (const one of requests.values()) one.reject(makeError(ErrorCode.closed));
      requests.clear();
      for (const room of rooms.values()) room.end(makeError(ErrorCode.closed));
      rooms.clear();
      setState("closed");
    },
  };
}
