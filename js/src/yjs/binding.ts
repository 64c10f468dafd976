// A Y.Doc as a document of a room. The member is live first; then it asks for what its copy lacks, by state vector, so nothing
// depends on what an earlier connection has received. Edits are publications of the room's event: coalesced, acknowledged when
// they are on the disk, and sent again as a whole difference if the server misses one before them.
import {
  applyUpdate,
  createDeleteSetFromStructStore,
  decodeStateVector,
  decodeUpdate,
  encodeStateAsUpdate,
  encodeStateVector,
  mergeUpdates,
} from "yjs";
import type { DialogueError } from "../api/errors.js";
import type { BindYjs, YjsStatus } from "../api/yjs.js";
import { fromBase64, toBase64 } from "../bytes/base64.js";
import { ErrorCode } from "../generated/tables.js";
import type { Handle } from "../presence/handle.js";
import type { RoomHandle } from "../rooms/room.js";
import { bound, check, type YjsHost } from "./arguments.js";
import { bridge } from "./awareness.js";
import type { KeptCopy } from "./kept.js";

const quietMs = 30;
const latestMs = 100;
const retryMs = 1000;
const repairMs = 10_000; // between questions because of sequences that did not come
const updateBytesMax = 45_000; // of a publication, before base64
const inFlightMax = 16;
const queueMax = 500;

const retried = /^(producer_|too_many_[pc]|document_hole|not_joined|aborted|outcome_|rate_|draining|internal)/;
/** What another attempt can repair: then the server gets the whole difference. Everything else is a refusal. */
const isRetried = ({ code }: DialogueError) => retried.test(code) || /_(lost|full|timeout|unavailable)$/.test(code);

const lengthOf = (deleted: ReadonlyMap<number, readonly { len: number }[]>) => {
  let length = 0;
  for (const ranges of deleted.values()) for (const { len } of ranges) length += len;
  return length;
};

export const bindYjs: BindYjs = async (given, event, doc, options = {}) => {
  const room = given as unknown as RoomHandle;
  const host = room?.owner as unknown as YjsHost;
  if (!host?.rooms) throw new TypeError("bindYjs: room is not one of createDialogueClient");
  check(host, room, event, doc, options);
  const { awareness, onRefused, persist, signal } = options;
  signal?.throwIfAborted();
  bound.add(doc);
  host.rooms.acquire(room.id); // so that the room stays the same object

  let queue: Uint8Array[] = []; // local edits that are not published
  let inFlight = 0;
  let isWhole = false; // what the server lacks is to be found by its state vector
  let isKnown = false; // the first difference has come
  let isReady = false; // and that of this connection
  let isSyncing = false;
  let isAgain = false;
  let isPumping = false;
  let isOpened = false; // the promise is resolved
  let isSubscribed = false;
  let isLoaded = false; // the kept copy
  let kept: KeptCopy | undefined;
  let holes = 0;
  let end: { error: unknown } | undefined;
  let epoch = 0;
  let seq = 0;
  let askedMs = 0;
  let dueMs = 0; // of `retry`
  let owner = host.userId;
  let held: Uint8Array[] = []; // live updates before isKnown
  let status: YjsStatus = "saving";
  let retry: ReturnType<typeof setTimeout> | undefined;
  let quiet: ReturnType<typeof setTimeout> | undefined;
  let latest: ReturnType<typeof setTimeout> | undefined;
  let wake = () => {};
  let opened = () => {};
  let failed = (_: unknown) => {};
  let endAwareness = () => {};
  const over = new AbortController();
  const listeners = new Set<() => void>();
  const waiting = new Set<{ resolve(): void; reject(error: unknown): void }>();

  const isOnline = () => host.state === "connected" && room.joined;
  const isSaved = () => isKnown && !isWhole && !queue.length && !inFlight && !isPumping;
  /** After each change of what they depend on. */
  const changed = () => {
    wake();
    if (isSaved()) {
      for (const { resolve } of waiting) resolve();
      waiting.clear();
    }
    const now = end ? status : !isOnline() ? "offline" : isReady && isSaved() ? "saved" : "saving";
    setStatus(now);
  };
  const setStatus = (now: YjsStatus) => {
    if (now === status) return;
    status = now;
    for (const listener of [...listeners]) listener();
  };

  const stop = (error: unknown) => {
    if (end) return;
    end = { error };
    bound.delete(doc);
    doc.off("update", edited);
    doc.off("destroy", destroy);
    for (const off of offs) off();
    for (const timer of [retry, quiet, latest]) clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
    globalThis.removeEventListener?.("pagehide", flush, true);
    endAwareness();
    doc.off("update", keep);
    kept?.close();
    over.abort();
    room.release();
    for (const { reject } of waiting) reject(error);
    waiting.clear();
    failed(error);
  };
  const refuse = (thrown: DialogueError) => {
    if (end) return;
    const error = thrown.code ? thrown : host.makeError(ErrorCode.internal, "", "", room.id, `${thrown}`);
    const update = encodeStateAsUpdate(doc);
    if (isOpened && onRefused) kept?.drop(); // it is the handler's now
    stop(error);
    if (!isOpened) return; // the promise says it
    setStatus("refused");
    if (onRefused) onRefused({ reason: error.code, error, update });
    else host.report(error);
  };
  const abort = () => stop(signal!.reason);
  const destroy = () => {
    void flush();
    stop(host.makeError(ErrorCode.closed, "", "", room.id, "The binding was destroyed."));
  };

  const take = (update: unknown) => {
    const bytes = typeof update === "string" ? fromBase64(update) : (update as Uint8Array);
    if (isKnown) applyUpdate(doc, bytes, over);
    else held.push(bytes);
  };
  /** Asks after `ms` milliseconds, or sooner if an earlier question is planned. */
  const later = (ms: number) => {
    const at = Date.now() + ms;
    if (retry !== undefined && dueMs <= at) return;
    clearTimeout(retry);
    dueMs = at;
    retry = setTimeout(() => {
      retry = undefined;
      void sync();
    }, ms);
  };

  /** Asks for what this copy lacks, and finds what the server lacks. */
  const sync = async () => {
    if (end || !isLoaded || !isOnline()) return;
    isAgain = isSyncing;
    if (isSyncing) return;
    isSyncing = true;
    clearTimeout(retry);
    retry = undefined;
    askedMs = Date.now();
    try {
      if (!isSubscribed) await room.subscribe(event, { signal: over.signal });
      isSubscribed = true;
      const since = encodeStateVector(doc);
      const isFirst = !isKnown;
      const vector = await askFor(since);
      if (end) return;
      const known = decodeStateVector(vector);
      const isAhead = [...decodeStateVector(since)].some(([id, clock]) => clock > (known.get(id) ?? 0));
      isReady = true;
      if (isWhole || (isAhead && (isFirst || isSaved()))) {
        isWhole = false;
        queue = [encodeStateAsUpdate(doc, vector)];
      }
      opened();
      if (isFirst) kept?.compact(); // what others have deleted goes from it, too
      void flush();
    } catch (thrown) {
      const error = thrown as DialogueError;
      isReady = false;
      if (end) return;
      if (!isRetried(error)) return refuse(error);
      later(error.retryAfterMs ?? (error.code === "not_joined" ? retryMs / 5 : retryMs));
    } finally {
      isSyncing = false;
      if (isAgain) void sync();
      changed();
    }
  };

  /** Applies what a copy with this state vector lacks. The state vector of the document. */
  const askFor = async (since: Uint8Array): Promise<Uint8Array> => {
    const calls = await host.loader.capability(" calls", () => import("../calls/calls.js"), host);
    const request = { room: room.id, event, since: since.length > updateBytesMax ? "" : toBase64(since) };
    const vector: number[] = [];
    const updates: Uint8Array[] = [];
    let deleted = 0;
    const stream = calls.stream(host.options.auth, "dialogue.document", request, { window: 2, signal: over.signal });
    for await (const { v, u, ...position } of stream as AsyncIterable<any>) {
      if (u) {
        const update = fromBase64(u);
        deleted += lengthOf(decodeUpdate(update).ds.clients);
        updates.push(update);
        continue;
      }
      if (epoch && epoch !== position.epoch && doc.store.clients.size)
        throw host.makeError(
          ErrorCode.room_deleted,
          "",
          "",
          room.id,
          "The room was made again, and its document is another one.",
        );
      ({ epoch } = position);
      vector.push(...fromBase64(v));
    }
    for (const update of updates) applyUpdate(doc, update, over);
    if (!isKnown) {
      isKnown = true;
      // The copy may have been edited before it was bound.
      isWhole = lengthOf(createDeleteSetFromStructStore(doc.store).clients) > deleted;
      for (const update of held) take(update);
      held = [];
    }
    return new Uint8Array(vector);
  };

  const keep = (update: Uint8Array) => kept!.add(update, epoch);
  /** Opens the copy of an earlier page. */
  const openCopy = async () => {
    const name = `dialogue-yjs ${JSON.stringify([(persist as any).name ?? host.socket.address, room.id, event])}`;
    const unavailable = (error: unknown) => host.report(host.makeError(ErrorCode.outbox_unavailable, `${error}`));
    const { openKept } = await host.loader.capability(" yjs_kept", () => import("./kept.js"));
    kept = await openKept(name, unavailable).catch((error) => void unavailable(error));
    if (!kept) return;
    if (end) return kept.close();
    const wasEdited = doc.store.clients.size > 0;
    ({ epoch } = kept);
    for (const update of kept.updates) applyUpdate(doc, update, over);
    doc.on("update", keep);
    if (wasEdited) keep(encodeStateAsUpdate(doc));
    if (kept.updates.length) opened();
  };

  const edited = (update: Uint8Array, origin: unknown) => {
    if (origin === over) return;
    queue.push(update);
    if (queue.length > queueMax) queue = [mergeUpdates(queue)];
    clearTimeout(quiet);
    quiet = setTimeout(flush, quietMs);
    latest ??= setTimeout(flush, latestMs);
    changed();
  };

  /** Publishes what is in the queue, in its order. */
  const flush = async () => {
    clearTimeout(quiet);
    clearTimeout(latest);
    latest = undefined;
    if (isPumping) return;
    isPumping = true;
    try {
      while (queue.length && isReady && !end) {
        const update = queue.length > 1 ? mergeUpdates(queue) : queue[0]!;
        queue = [];
        if (update.length <= updateBytesMax) {
          publish(update);
          continue;
        }
        const { split } = await host.loader.capability(" yjs_split", () => import("./split.js"));
        for (const part of split(update, updateBytesMax)) {
          while (inFlight >= inFlightMax && !end) await new Promise<void>((resolve) => (wake = resolve));
          if (isReady && !end) publish(part);
          else isWhole = true;
        }
      }
    } catch (error) {
      refuse(error as DialogueError); // the client is closed
    }
    isPumping = false;
    changed();
  };
  const publish = (update: Uint8Array) => {
    inFlight += 1;
    const settled = () => {
      inFlight -= 1;
      changed();
    };
    const answered = () => {
      holes = 0;
      settled();
    };
    room.trigger(event, { u: toBase64(update) }).then(answered, (error: DialogueError) => {
      if (!isRetried(error)) refuse(error);
      else if (!end) {
        isWhole = true;
        isReady = false;
        later(/hole|unknown/.test(error.code) && !holes++ ? 0 : retryMs);
      }
      settled();
    });
  };

  const offs = [
    room.on(event, ({ data }) => {
      try {
        take(data.u);
      } catch (error) {
        refuse(error as DialogueError);
      }
      if (doc.store.pendingStructs) later(0);
    }),
    room.onAny((_, message) => {
      if (!message.seq) return;
      if (seq && message.seq > seq + 1 && isReady) later(Math.max(retryMs, askedMs + repairMs - Date.now()));
      seq = message.seq;
    }),
    room.onRecover(() => void sync()),
    room.onState(() => {
      isReady &&= room.joined;
      isSubscribed &&= room.joined;
      seq = 0;
      void sync();
      changed();
    }),
    room.onLeave((error) => {
      for (const { reject } of waiting) reject(error ?? host.makeError(ErrorCode.not_joined, "", "", room.id));
      waiting.clear();
      if (!isOpened) stop(error ?? host.makeError(ErrorCode.not_joined, "", "", room.id));
    }),
    host.emitter.on("user", (user: string) => {
      const isOther = owner !== undefined && owner !== user && !/^guest-/.test(owner);
      owner = user;
      if (isOther && !isSaved()) refuse(host.makeError(ErrorCode.aborted, "", "", room.id, "The edits are another user's."));
    }) as () => void,
    host.emitter.on("state", (state) => {
      isReady = false;
      seq = 0;
      if (state === "closed") {
        stop(host.errorOf(ErrorCode.closed));
        return setStatus("offline");
      }
      if (state === "connected") later(retryMs); // unless the room is there before
      changed();
    }) as () => void,
  ];
  doc.on("update", edited);
  doc.on("destroy", destroy);
  signal?.addEventListener("abort", abort);
  globalThis.addEventListener?.("pagehide", flush, true);
  try {
    const first = new Promise<void>((resolve, reject) => {
      opened = resolve;
      failed = reject;
    });
    first.catch(() => {});
    room.joining!.catch((error) => isOpened || stop(error));
    if (persist) await openCopy();
    isLoaded = true;
    void sync();
    await first;
    if (awareness) {
      const { presence } = await host.loader.capability(" presence", () => import("../presence/presence.js"));
      if (end) throw (end as { error: unknown }).error;
      const states: Handle = presence({ room: () => host.rooms.acquire(room.id) } as any, room.id);
      endAwareness = bridge(awareness, states, host.report);
    }
  } catch (error) {
    stop(error);
    throw (end as { error: unknown } | undefined)?.error ?? error;
  }
  isOpened = true;
  return {
    get status() {
      return status;
    },
    subscribe: (listener: () => void) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    saved: () =>
      end
        ? Promise.reject(end.error)
        : new Promise<void>((resolve, reject) => {
            waiting.add({ resolve, reject });
            changed();
          }),
    destroy,
  };
};
