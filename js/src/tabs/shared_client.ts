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
import { fault } from "../util/fault.js";
import { createHub, type Hub } from "./hub.js";
import { readFrom, readShared } from "./options.js";
import { asJson } from "./payload.js";
import type { Platform } from "./platform.js";
import { createTabRoom, type TabRoom } from "./tab_room.js";
import { until } from "./until.js";
import {
  type From,
  isOurs,
  type Joined,
  packError,
  type Report,
  type Request,
  requestsMax,
  roomsMax,
  unpackError,
  type Wire,
} from "./wire.js";

/** A visible tab asks for a sign of life this often, and takes the connection over after four times without one. */
const pingMs = 200;
const pingsMax = 4;

type Ask = Request extends infer R ? (R extends Request ? Omit<R, "tab" | "holder" | "n"> : never) : never;
interface Pending {
  ask: Ask & { room: string };
  /** The holder that was asked. */
  asked: string | undefined;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

export function createTab(create: () => DialogueClient, options: SharedOptions, platform: Platform): SharedClient {
  const { user, server } = readShared(create, options);
  const name = `dialogue-tabs:1:${server}:${user}`;
  const rooms = new Map<string, TabRoom>();
  const requests = new Map<number, Pending>();
  const handlers = new Emitter();
  let id = platform.randomId();
  let state: ClientState = "connecting";
  let userId: string | undefined;
  let lastError: DialogueError | undefined;
  let role: SharedRole = "waiting";
  let holder: string | undefined; // its tab's id
  let term = 0;
  let hub: Hub | undefined;
  let channel: ReturnType<Platform["channel"]> | undefined;
  let depart: ((value?: unknown) => void) | undefined; // frees the lock that says that the tab exists
  let waiting: AbortController | undefined; // ends the wait for the connection's lock
  let release: (() => void) | undefined;
  let isClosed = false;
  let isHere = false;
  let hasFailed = false; // to make a client
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
    const { holder: its, to } = message as { holder?: string; to?: string };
    if (to !== id && (its !== id || !hub)) channel?.post(message);
    queueMicrotask(() => receive(message));
  };

  const send = (n: number, ask: Ask) => post({ ...ask, tab: id, holder: holder!, n } as Request);
  /** Asks the holder, this one or the next. */
  const ask = <T>(question: Pending["ask"]): Promise<T> =>
    new Promise((resolve, reject) => {
      const n = ++numbers;
      if (requests.size >= requestsMax) return reject(makeError(ErrorCode.outbox_full, requestsMax));
      requests.set(n, { ask: question, asked: undefined, resolve: resolve as (value: unknown) => void, reject });
      if (hasFailed) enter();
      sendWaiting();
    });

  /** Sends what was not sent to this holder: joins first, since publications need the membership. */
  const sendWaiting = () => {
    if (!holder) return;
    for (const [n, one] of requests) {
      if (one.asked === holder) continue;
      if (one.ask.ask === "trigger" && rooms.get(one.ask.room)?.owner !== holder) continue;
      one.asked = holder;
      try {
        send(n, one.ask);
      } catch (error) {
        requests.delete(n); // data that cannot be cloned, such as one of too many levels
        one.reject(unpackError(packError(error)));
      }
    }
  };

  /** The holder is gone: what it was asked to publish may be published. */
  const loseHolder = () => {
    for (const [n, one] of requests) {
      if (one.asked && one.ask.ask === "trigger") {
        requests.delete(n);
        one.reject(makeError(ErrorCode.outcome_unknown));
      }
      one.asked = undefined;
    }
    holder = undefined;
  };

  const enterRoom = async (room: TabRoom): Promise<void> => {
    const from = room.place ? { since: room.place } : room.from;
    const joined = await ask<Joined>({ ask: "join", room: room.id, from } as Pending["ask"]);
    if (rooms.get(room.id) !== room) return;
    room.isAsking = false;
    room.enter(joined, holder);
    sendWaiting();
  };

  /** Asks for what a joined room lacks: of a new holder, or after a gap. */
  const refresh = (room: TabRoom) => {
    if (room.isAsking) return;
    room.isAsking = true;
    enterRoom(room).catch((error) => {
      if (rooms.get(room.id) !== room) return;
      rooms.delete(room.id);
      room.end(error);
    });
  };

  const onLead = ({ from, term: itsTerm, state: itsState, userId: itsUser }: Report & { report: "lead" }) => {
    if (itsTerm < term || (itsTerm === term && holder && from < holder)) return;
    if (holder !== from || term !== itsTerm) {
      loseHolder();
      holder = from;
      term = itsTerm;
      setRole(from === id ? (channel ? "holder" : "alone") : "follower");
      for (const room of rooms.values()) if (room.place) refresh(room);
      sendWaiting();
    }
    userId = itsUser;
    setState(itsState);
  };

  const receive = (message: Wire) => {
    if (!isHere) return;
    if ("hello" in message) return hub?.announce();
    if ("ask" in message) return hub?.take(message);
    if (message.report === "lead") onLead(message);
    if (message.from !== holder) return;
    unanswered = 0;
    if (message.report === "event") {
      const room = rooms.get(message.relayed.message.roomId);
      if (room?.take(message.relayed)) refresh(room);
    }
    if (message.report === "recover") rooms.get(message.room)?.recover(message.recovery);
    if (message.report === "error") {
      handlers.emit("error", (lastError = unpackError(message.error)));
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
      if (!isHere) return resolve();
      unanswered = 0;
      let made: unknown;
      try {
        hub = createHub({
          id,
          term: Math.max(term + 1, platform.now()),
          user,
          create: () => (made = create()) as DialogueClient,
          post,
          watch: (tab, signal, gone) => {
            platform.locks?.request(`${name}:${tab}`, { signal }, gone).catch(() => {});
          },
          later: platform.later,
        });
        release = resolve;
        hub.announce();
      } catch (error) {
        // One that comes later would have a connection of its own.
        Promise.resolve(made as DialogueClient)
          .then((late) => late.close())
          .catch(() => {});
        queueMicrotask(() => failed(error)); // once the page has added handlers
        resolve();
      }
    });

  /** No client was made. The lock is another tab's, and the next call enters again. */
  const failed = (thrown: unknown) => {
    if (isClosed) return;
    hasFailed = true;
    lastError = isOurs(thrown) ? thrown : fault("$.create", `must be a function that makes a client: ${thrown}`);
    endAll(lastError);
    handlers.emit("error", lastError);
  };

  /** Leaves the other tabs, and notifies all that wait and all rooms. */
  const endAll = (error: DialogueError) => {
    goAway();
    const ended = [...rooms.values()];
    rooms.clear();
    for (const one of requests.values()) one.reject(error);
    requests.clear();
    for (const room of ended) room.end(error);
  };

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
    if (hub || !channel || !platform.isVisible() || (!rooms.size && !requests.size)) return;
    if (unanswered++ < pingsMax) {
      if (holder) send(0, { ask: "ping" } as Ask);
      else post({ hello: true });
      return;
    }
    unanswered = 0;
    waiting?.abort();
    request({ steal: true });
  };

  const enter = () => {
    if (isHere || isClosed) return;
    isHere = true;
    hasFailed = false;
    if (!platform.locks) return void lead();
    channel = platform.channel(name, receive);
    // The holder waits for this lock, to see that the tab is gone.
    const whenGone = new Promise((resolve) => (depart = resolve));
    const mine = depart;
    const present = () => {
      if (depart === mine) queue();
      return whenGone;
    };
    platform.locks.request(`${name}:${id}`, {}, present).catch(present);
  };

  const goAway = () => {
    if (!isHere) return;
    if (holder && !hub) send(0, { ask: "gone" } as Ask);
    isHere = false;
    depart?.();
    depart = undefined;
    waiting?.abort();
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

  const trigger = async (room: TabRoom, event: string, data: unknown, { signal, ...others }: TriggerOptions) => {
    const call = { ask: "trigger", room: room.id, event: String(event), data: asJson(data), options: asJson(others) };
    signal?.throwIfAborted();
    if (rooms.get(room.id) !== room) throw makeError(ErrorCode.not_joined, "", undefined, room.id);
    const n = numbers + 1;
    return until(ask(call as Pending["ask"]), signal, () => {
      const asked = requests.get(n)?.asked;
      requests.delete(n);
      if (asked && asked === holder) send(n, { ask: "abort" } as Ask);
    });
  };

  const leave = (room: TabRoom) => {
    if (rooms.get(room.id) !== room || --room.references > 0) return;
    rooms.delete(room.id);
    for (const [n, one] of requests) {
      if (one.ask.room !== room.id || (one.ask.ask === "trigger" && one.asked)) continue;
      requests.delete(n);
      one.reject(makeError(ErrorCode.not_joined, "", undefined, room.id));
    }
    if (holder) send(0, { ask: "leave", room: room.id } as Ask);
    room.end(undefined);
  };

  const open = (roomId: string, from: From) => {
    if (rooms.size >= roomsMax) throw makeError(ErrorCode.too_many_rooms);
    const room: TabRoom = createTabRoom(roomId, from, {
      trigger: (...call) => trigger(room, ...call),
      leave: () => leave(room),
      later: platform.later,
    });
    rooms.set(roomId, room);
    room.joining = enterRoom(room);
    room.joining.catch(() => {
      if (rooms.get(roomId) === room) rooms.delete(roomId);
    });
    return room;
  };

  const join = async (roomId: string, options?: SharedJoinOptions) => {
    const from = readFrom(roomId, options);
    const signal = options?.signal;
    if (isClosed) throw makeError(ErrorCode.closed);
    signal?.throwIfAborted();
    const room = rooms.get(roomId) ?? open(roomId, from);
    room.references += 1;
    await until(room.joining!, signal, () => leave(room));
    return room.face;
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
      isClosed = true;
      stopPings();
      stopLifecycle();
      endAll(makeError(ErrorCode.closed));
      setState("closed");
    },
  };
}
