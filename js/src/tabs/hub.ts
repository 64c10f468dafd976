// The holder's part: one ordinary client, whose rooms are the union of what the tabs have joined. It broadcasts each
// event once, with the place of the one before it, and gives a tab that missed some what it lacks.
import type { DialogueClient } from "../api/client.js";
import type { DialogueError } from "../api/errors.js";
import type { Message, Position, Recovery } from "../api/messages.js";
import type { Room } from "../api/room.js";
import { makeError } from "../core/make_error.js";
import { ErrorCode } from "../generated/tables.js";
import { fault } from "../util/fault.js";
import {
  catchUpMax,
  type From,
  isNews,
  type Joined,
  packError,
  type Relayed,
  type Report,
  type Request,
  ringMax,
  tabsMax,
  type WireError,
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
  joining: Promise<unknown>;
  readonly offs: (() => void)[];
}

/** For how long a new holder collects the positions of tabs, to join each room from the oldest one. */
const collectMs = 50;

export interface Hub {
  take(request: Request): void;
  /** Says that it leads. */
  announce(): void;
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
  const announce = () => post({ from: host.id, report: "lead", term: host.term, state: client.state, userId: client.userId });
  const answer = ({ tab, n }: Request, what: { value: unknown } | { error: WireError }) =>
    post({ from: host.id, report: "answer", to: tab, n, ...what });
  const refuse = (request: Request, error: unknown) => answer(request, { error: packError(error) });
  const fail = (error: unknown) => post({ from: host.id, report: "error", error: packError(error) });

  const onState = () => {
    if ((client.userId ?? host.user) !== host.user) {
      fail(fault("$.user", `is ${host.user}, the server says ${client.userId}.`));
      client.close();
    }
    announce();
  };

  const relay = (entry: Entry, message: Message) => {
    const { seq, epoch } = message;
    const before = entry.last ?? { epoch, seq: seq - 1 };
    const relayed = { message, before };
    if (seq > 0) {
      if (!isNews(message, entry.last)) return;
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
    const since = from?.since;
    const entry: Entry = { room, tabs: new Set(), ring: [], last: since, joining: Promise.resolve(), offs: [] };
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
    entry.joining = room.join(since ? { from: { since } } : {}).then(() => {
      if (since && !room.recovered) recover({ recovered: false, reason: room.recoveredReason });
      const { position } = room;
      if (isNews(position, entry.last)) entry.last = position;
    });
    entry.joining.catch(() => {
      if (entries.get(id) === entry) drop(id, entry);
    });
    entries.set(id, entry);
    return entry;
  };

  /** What a tab lacks, complete up to the last event that was broadcast. */
  const catchUp = async (entry: Entry, from: From): Promise<Joined> => {
    const { room, ring } = entry;
    const events: Message[] = [];
    let head = entry.last!;
    let missed: Recovery | undefined;
    const read = async (limit: number) => {
      try {
        const page = room.history({ limit: Math.min(limit, catchUpMax), before: head.seq + 1 }) as AsyncIterable<Message>;
        for await (const message of page) events.push(message);
      } catch (error) {
        missed = { recovered: false, reason: (error as { code?: string }).code };
      }
    };
    let place = from?.since ?? head;
    if (from?.last) await read(from.last);
    for (;;) {
      head = entry.last!;
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
      await read(lacking);
      if (events.length - length < lacking) missed ??= { recovered: false, reason: "trimmed" };
    }
    return { name: room.name, events, head, missed };
  };

  const join = async (request: Request & { ask: "join" }) => {
    const { tab, room: id, from } = request;
    let entry: Entry | undefined;
    try {
      entry = entries.get(id) ?? open(id, from);
      if (!entry.tabs.has(tab) && entry.tabs.size >= tabsMax) throw makeError(ErrorCode.too_many_connections, "", undefined, id);
      entry.tabs.add(tab);
      await entry.joining;
      answer(request, { value: await catchUp(entry, from) });
    } catch (error) {
      refuse(request, error);
      if (entry && entries.get(id) === entry) leave(tab, id); // the others stay
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
      const receipt = await entry.room.trigger(request.event as never, ...([request.data, options] as unknown as [never]));
      answer(request, { value: receipt });
    } catch (error) {
      refuse(request, error);
    } finally {
      triggers.delete(key);
    }
  };

  const forget = (tab: string) => {
    known.delete(tab);
    for (const id of entries.keys()) leave(tab, id);
  };

  client.on("state", onState);
  client.on("error", fail);
  client.connect();
  host.later(() => {
    // The oldest position first: it is the one that the room is joined from.
    const age = ({ from }: { from: From }) => from?.since?.seq ?? Infinity;
    const all = collected!.sort((a, b) => (age(a) < age(b) ? -1 : 1));
    collected = undefined;
    if (!ended.signal.aborted) for (const request of all) void join(request);
  }, collectMs);

  return {
    announce,
    take: (request) => {
      if (request.holder !== host.id) return;
      const { ask, tab } = request;
      if (!known.has(tab) && ask !== "gone") {
        known.add(tab);
        host.watch(tab, ended.signal, () => forget(tab));
      }
      if (ask === "ping") announce();
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
