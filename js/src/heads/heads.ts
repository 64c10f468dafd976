// Heads over built-in streams: one for the rooms of the beginning, and one for each later addition. What ends with a connection
// is asked again over the next one; a mark that was not answered is sent again, which changes nothing where it had arrived.
import type { DialogueError } from "../api/errors.js";
import type { Heads, OpenHeads, RefusedHead, RoomHead } from "../api/heads.js";
import type { CallHost } from "../calls/calls.js";
import { ErrorCode } from "../generated/tables.js";
import type { RoomHandle } from "../rooms/room.js";
import type { RoomHost } from "../rooms/room_host.js";
import type { Emitter } from "../util/emitter.js";

type HeadsHost = CallHost & Pick<RoomHost, "loader" | "report" | "errorOf">;
type Duplex = AsyncGenerator<any> & { write(item: unknown): Promise<void> };

interface Mark {
  readonly room: string;
  readonly seq: number;
  readonly back: boolean;
  /** Whose it is: another object for another user. */
  readonly auth: unknown;
  resolve(): void;
  reject(error: unknown): void;
}

const roomsMax = 2000;
const eventsMax = 64;
const marksMax = 1000;
const streamsMax = 8;
const retryMs = 1000;
const handlers = /^(change|refused|error)$/;
/** What asking again can repair. */
const retried = /^(connection_lost|draining|rate_limited|aborted|internal|handler_unavailable|too_many_calls|call_timeout)$/;

export const heads: OpenHeads = (client, rooms, options = {}): Heads => {
  const any = (client as any)?.room?.("dialogue.heads") as RoomHandle | undefined; // any room of it knows the client
  const host = any?.owner as unknown as HeadsHost;
  if (!host?.loader) throw new TypeError("heads: client is not one of createDialogueClient");
  const emitter: Emitter = new (host.emitter.constructor as typeof Emitter)();
  any!.release();
  const invalid = (path: string, why: string) => host.makeError(ErrorCode.request_invalid, "", path, "", why);
  const names = (given: unknown, path: string, max: number): string[] => {
    const isList = Array.isArray(given) && given.length <= max;
    if (!isList || !given.every((each) => typeof each === "string" && each))
      throw invalid(path, `is a list of at most ${max} names`);
    return [...new Set(given as string[])];
  };
  const first = names(rooms, "$.rooms", roomsMax);
  if (Object(options) !== options) throw invalid("$.options", "is not an object");
  const events = options.events === undefined ? undefined : names(options.events, "$.events", eventsMax);

  const known = new Map<string, RoomHead>();
  const refused = new Map<string, RefusedHead>();
  const watched = new Set<string>(); // every room that was asked for and is not refused
  const wanted = new Set<string>(); // those of them that no stream has, nor asks for
  const streams = new Map<Duplex, Set<string>>();
  const marks = new Map<number, Mark>();
  let lastMark = 0;
  let unread = 0;
  let isClosed = false;
  let isOpening = false;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let over = new AbortController();

  const total = () => {
    unread = 0;
    for (const head of known.values()) unread += head.unread ?? 0;
  };
  const streamOf = (room: string) => [...streams].find(([, its]) => its.has(room))?.[0];
  const later = () => {
    retry ??= setTimeout(() => {
      retry = undefined;
      void open();
    }, retryMs);
  };
  const close = (error?: DialogueError) => {
    if (isClosed) return;
    isClosed = true;
    clearTimeout(retry);
    offState();
    over.abort();
    streams.clear();
    watched.clear();
    wanted.clear();
    const reason = error ?? host.makeError(ErrorCode.closed, "", "", "", "The heads were closed.");
    for (const { reject } of marks.values()) reject(reason);
    marks.clear();
    if (error && !emitter.emit("error", error)) host.report(error);
  };

  const take = (item: any) => {
    const changed: RoomHead[] = [];
    for (const head of item.heads ?? []) {
      if (!watched.has(head.room)) continue; // it was removed meanwhile
      if (head.code) {
        const entry = Object.freeze(head as RefusedHead);
        refused.set(head.room, entry);
        known.delete(head.room);
        watched.delete(head.room);
        for (const its of streams.values()) its.delete(head.room);
        emitter.emit("refused", entry);
      } else {
        refused.delete(head.room);
        known.set(head.room, Object.freeze(head));
        changed.push(head);
      }
    }
    total();
    if (item.heads?.length) emitter.emit("change", Object.freeze(changed));
    for (const { id, code, message } of item.marks ?? []) {
      const mark = marks.get(id);
      marks.delete(id);
      if (code) mark?.reject(host.makeError(code, "", "", mark.room, message));
      else mark?.resolve();
    }
  };

  const send = (stream: Duplex, id: number, { room, seq, back, auth, reject }: Mark) => {
    if (auth !== host.options.auth) {
      marks.delete(id);
      return reject(host.makeError(ErrorCode.aborted));
    }
    stream.write({ mark: { id, room, seq, ...(back && { back }) } }).catch(() => {}); // it is sent again over the next stream
  };
  const drop = (stream: Duplex, room: string) => {
    streams.get(stream)!.delete(room);
    stream.write({ remove: [room] }).catch(() => {}); // it ended with its stream
  };
  const read = async (stream: Duplex, its: Set<string>) => {
    let error: DialogueError | undefined;
    try {
      for await (const item of stream) {
        if (isClosed) return;
        take(item);
      }
    } catch (thrown) {
      error = thrown as DialogueError;
    }
    if (isClosed || !streams.delete(stream)) return;
    for (const room of its) wanted.add(room);
    if (error && !retried.test(error.code)) close(error);
    else if (error?.code === "connection_lost") void open();
    else later();
  };

  /** Asks for what no stream has, if there is a connection. */
  const open = async () => {
    if (isOpening || isClosed || !wanted.size || host.state !== "connected") return;
    isOpening = true;
    try {
      if (streams.size >= streamsMax) {
        for (const its of streams.values()) for (const room of its) wanted.add(room);
        streams.clear();
        over.abort();
        over = new AbortController();
      }
      const its = new Set(wanted);
      wanted.clear();
      try {
        const calls = await host.loader.capability(" calls", () => import("../calls/calls.js"), host);
        const request = { heads: [...its], ...(events && { events }) };
        const stream = (await calls.duplex(host.options.auth, "dialogue.heads", request, {
          signal: over.signal,
        })) as unknown as Duplex;
        streams.set(stream, its);
        for (const room of its) if (!watched.has(room)) drop(stream, room);
        for (const [id, mark] of marks) if (its.has(mark.room)) send(stream, id, mark);
        void read(stream, its);
      } catch (thrown) {
        const error = thrown as DialogueError;
        if (isClosed) return;
        for (const room of its) if (watched.has(room)) wanted.add(room);
        if (!error.code || retried.test(error.code)) later();
        else close(error);
      }
    } finally {
      isOpening = false;
    }
    if (wanted.size) void open();
  };

  const add = (more: string[]) => {
    for (const room of more) {
      if (!watched.has(room)) wanted.add(room);
      watched.add(room);
    }
    if (wanted.size) host.start().then(open, (error) => isClosed || close(error));
  };
  const offState = host.emitter.on("state", (state) => {
    if (state === "closed") close();
    else if (state === "connected") void open();
  }) as () => void;
  if (first.length) add(first);

  return Object.freeze({
    rooms: known,
    refused,
    get unread() {
      return unread;
    },
    on(name: string, handler: (value: any) => void) {
      if (!handlers.test(name)) throw invalid("$.name", "is change, refused or error");
      if (typeof handler !== "function") throw invalid("$.handler", "is not a function");
      return emitter.on(name, handler);
    },
    add(more: readonly string[]) {
      const its = names(more, "$.rooms", roomsMax);
      if (isClosed) throw host.makeError(ErrorCode.closed, "", "", "", "The heads were closed.");
      if (watched.size + its.length > roomsMax) throw invalid("$.rooms", `makes more than ${roomsMax} rooms`);
      add(its);
    },
    remove(less: readonly string[]) {
      for (const room of names(less, "$.rooms", roomsMax)) {
        const stream = streamOf(room);
        if (stream) drop(stream, room);
        watched.delete(room);
        wanted.delete(room);
        known.delete(room);
        refused.delete(room);
      }
      total();
    },
    mark(room: string, seq?: number, options?: { readonly back?: boolean }): Promise<void> {
      const { back = false } = options ?? {};
      const to = seq ?? known.get(room)?.seq;
      if (!watched.has(room)) return Promise.reject(invalid("$.room", "is not watched"));
      if (to === undefined) return Promise.reject(invalid("$.seq", "is not known yet: wait for the room's head"));
      if (!Number.isSafeInteger(to) || to < 0) return Promise.reject(invalid("$.seq", "is a sequence"));
      if (typeof back !== "boolean") return Promise.reject(invalid("$.back", "is true or false"));
      if (marks.size >= marksMax) return Promise.reject(host.makeError(ErrorCode.rate_limited));
      return new Promise((resolve, reject) => {
        const mark = { room, seq: to, back, auth: host.options.auth, resolve, reject };
        const id = ++lastMark;
        marks.set(id, mark);
        const stream = streamOf(room);
        if (stream) send(stream, id, mark);
      });
    },
    close: () => close(),
  }) as Heads;
};
