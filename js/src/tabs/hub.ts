// The holder's part: one ordinary client, whose rooms are the union of what the tabs have joined. It broadcasts each
// event once, with the place of the one before it, and gives a tab that missed some what it lacks.
import type { DialogueClient } from "../api/client.js";
import type { DialogueError } from "../api/errors.js";
import type { Message, Position, Recovery } from "../api/messages.js";
import type { Room } from "../api/room.js";
import { makeError } from "../core/make_error.js";
import { ErrorCode } from "../generated/tables.js";
import {
  catchUpMax,
  type From,
  type Joined,
  packError,
  type Relayed,
  type Report,
  type Request,
  ringMax,
  tabsMax,
} from "./wire.js";

export interface HubHost {
  readonly id: string;
  readonly term: number;
  readonly user: string;
  create(): DialogueClient;
  post(report: Report): void;
  /** Calls `gone` once the tab does not exist any more, unless the signal is aborted before. */
  watch(tab: string, signal: AbortSignal, gone: () => void): void;
  later(act: () => void, ms: number): () => void;
}

interface Entry {
  readonly room: Room;
  readonly tabs: Set<string>;
  readonly ring: Relayed[];
  last: Position | undefined;
  joined: Promise<unknown>;
  readonly offs: (() => void)[];
}

/** For how long a new holder collects the positions of tabs, to join each room from the oldest one. */
const collectMs = 50;

export interface Hub {
  take(request: Request): void;
  lead(): void;
  stop(): void;
}

export function createHub(host: HubHost): Hub {
  const client = host.create();
  const entries = new Map<string, Entry>();
  const triggers = new Map<string, AbortController>();
  const known = new Set<string>();
  const ended = new AbortController();
  let collected: (Request & { ask: "join" })[] | undefined = [];

  const post = (report: Report) => {
    if (!ended.signal.aborted) host.post(report);
  };
  const lead = () => post({ from: host.id, report: "lead", term: host.term, state: client.state, userId: client.userId });
  const answer = ({ tab, n }: Request, value: unknown, error?: unknown) =>
    post({ from: host.id, report: "answer", to: tab, n, ...(error ? { error: packError(error) } : { value }) });
  const fail = (error: unknown) => post({ from: host.id, report: "error", error: packError(error) });

  const onState = () => {
    if (client.userId !== undefined && client.userId !== host.user) {
      fail(makeError(ErrorCode.request_invalid, "", "$.user", undefined, `is ${host.user}, the server says ${client.userId}.`));
      client.close();
    }
    lead();
  };

  const relay = (entry: Entry, message: Message) => {
    const { seq, epoch } = message;
    const before = entry.last ?? { epoch, seq: seq - 1 };
    const relayed = { message, before };
    if (seq > 0) {
      if (entry.last?.epoch === epoch && seq <= entry.last.seq) return;
      entry.last = { epoch, seq };
      if (before.epoch !== epoch) entry.ring.length = 0;
      entry.ring.push(relayed);
      if (entry.ring.length > ringMax) entry.ring.shift();
    }
    post({ from: host.id, report: "event", relayed });
  };

  /** Forgets a room: its handlers must not relay for the next one of this id. */
  const drop = (id: string, { room, offs }: Entry) => {
    entries.delete(id);
    for (const off of offs) off();
    room.release();
  };

  const open = (id: string, from: From): Entry => {
    const room: Room = client.room(id as never) as never;
    const since = typeof from === "object" && "since" in from ? from.since : undefined;
    const entry: Entry = { room, tabs: new Set(), ring: [], last: since, joined: Promise.resolve(), offs: [] };
    entries.set(id, entry);
    const recover = (recovery: Recovery) => post({ from: host.id, report: "recover", room: id, recovery });
    const onLeave = (error: DialogueError | undefined) => {
      if (entries.get(id) !== entry) return;
      drop(id, entry);
      post({ from: host.id, report: "left", room: id, error: error && packError(error) });
    };
    entry.offs.push(
      room.onAny(((_event: string, message: Message) => relay(entry, message)) as never),
      room.onRecover((recovery) => {
        if (!recovery.recovered) recover(recovery);
      }),
      room.onLeave(onLeave),
    );
    entry.joined = room.join(since ? { from: { since } } : {}).then(() => {
      if (since && !room.recovered) recover({ recovered: false, reason: room.recoveredReason });
      const { epoch, seq } = room.position;
      if (entry.last?.epoch !== epoch || entry.last.seq < seq) entry.last = { epoch, seq };
    });
    return entry;
  };

  /** What a tab lacks, complete up to the last event that was broadcast. */
  const catchUp = async ({ room, ring }: Entry, last: () => Position, from: From): Promise<Joined> => {
    const events: Message[] = [];
    let head = last();
    let missed: Recovery | undefined;
    const read = async (limit: number) => {
      const { seq } = head;
      try {
        const page = room.history({ limit, before: seq + 1 }) as AsyncIterable<Message>;
        for await (const message of page) events.push(message);
      } catch (error) {
        missed = { recovered: false, reason: (error as { code?: string }).code };
      }
    };
    let place = head;
    if (typeof from === "object" && "last" in from) await read(Math.min(from.last, catchUpMax));
    if (typeof from === "object" && "since" in from) {
      if (from.since.epoch === head.epoch) place = from.since;
      else missed = { recovered: false, reason: "epoch_changed" };
    }
    for (;;) {
      head = last();
      if (head.epoch !== place.epoch) {
        missed = { recovered: false, reason: "epoch_changed" };
        break;
      }
      if (place.seq >= head.seq) break;
      if (ring[0] && ring[0].before.seq <= place.seq) {
        for (const { message } of ring) if (message.seq > place.seq) events.push(message);
        break;
      }
      const length = events.length;
      const lacking = head.seq - place.seq;
      place = head;
      await read(Math.min(lacking, catchUpMax));
      if (events.length - length < lacking) missed ??= { recovered: false, reason: "trimmed" };
    }
    return { name: room.name, events, head, missed };
  };

  const join = async (request: Request & { ask: "join" }) => {
    const { tab, room: id, from } = request;
    const entry = entries.get(id) ?? open(id, from);
    if (!entry.tabs.has(tab) && entry.tabs.size >= tabsMax) {
      return answer(request, undefined, makeError(ErrorCode.too_many_connections, "", undefined, id));
    }
    entry.tabs.add(tab);
    try {
      await entry.joined;
      answer(request, await catchUp(entry, () => entry.last!, from));
    } catch (error) {
      if (entries.get(id) === entry) drop(id, entry);
      answer(request, undefined, error);
    }
  };

  const leave = (tab: string, id: string) => {
    const entry = entries.get(id);
    if (!entry?.tabs.delete(tab) || entry.tabs.size) return;
    void entry.room.leave();
    drop(id, entry);
  };

  const trigger = async (request: Request & { ask: "trigger" }) => {
    const key = `${request.tab} ${request.n}`;
    const ending = new AbortController();
    triggers.set(key, ending);
    try {
      const entry = entries.get(request.room);
      if (!entry) throw makeError(ErrorCode.not_joined, "", undefined, request.room);
      const options = { ...request.options, signal: ending.signal };
      answer(request, await entry.room.trigger(request.event as never, ...([request.data, options] as unknown as [never])));
    } catch (error) {
      answer(request, undefined, error);
    } finally {
      triggers.delete(key);
    }
  };

  const forget = (tab: string) => {
    known.delete(tab);
    for (const id of [...entries.keys()]) leave(tab, id);
  };

  client.on("state", onState);
  client.on("error", fail);
  client.connect();
  host.later(() => {
    // The oldest position first: it is the one that the room is joined from.
    const age = ({ from }: { from: From }) => (typeof from === "object" && "since" in from ? from.since.seq : Infinity);
    const all = collected!.sort((a, b) => (age(a) < age(b) ? -1 : 1));
    collected = undefined;
    if (!ended.signal.aborted) for (const request of all) void join(request);
  }, collectMs);

  return {
    lead,
    take: (request) => {
      if (request.holder !== host.id || ended.signal.aborted) return;
      const { ask, tab } = request;
      if (!known.has(tab) && ask !== "gone") {
        known.add(tab);
        host.watch(tab, ended.signal, () => forget(tab));
      }
      if (ask === "ping") lead();
      if (ask === "join" && collected) collected.push(request);
      else if (ask === "join") void join(request);
      if (ask === "leave") {
        collected = collected?.filter((other) => other.tab !== tab || other.room !== request.room);
        leave(tab, request.room);
      }
      if (ask === "trigger") void trigger(request);
      if (ask === "abort") triggers.get(`${tab} ${request.n}`)?.abort();
      if (ask === "gone") forget(tab);
    },
    stop: () => {
      ended.abort();
      client.close();
    },
  };
}
