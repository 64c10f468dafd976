// A room's newest events, read by HTTP, as plain data that a store begins with. Decides what is read; api_reader.ts reads it.
import type { DialogueApp, RoomId } from "../api/definitions.js";
import type { Member, Message } from "../api/messages.js";
import type { NamesOf, PreloadedRoom } from "../store/types.js";
import { apiReader, Refusal } from "./api_reader.js";

/** The largest page that the HTTP API answers. */
const kPageMax = 100;
const kMembersMax = 256;
const kLastMax = 1000;

/** Options of `preloadRoom`. Exactly one of `token` and `apiKey` is required. */
export interface PreloadOptions<Name extends string = string> {
  /** The address of the Dialogue server, such as `http://127.0.0.1:8080`. */
  readonly url: string;
  /** The token of the user whose page it is: the room is read with this user's rights. */
  readonly token?: string;
  /** A key of the HTTP API with the scope `read`: it also reads what the user may not. */
  readonly apiKey?: string;
  /** Which events are messages, as the list's. Default: all of the room. */
  readonly event?: Name | readonly Name[];
  /** How many of the newest events are read, 0 to 1,000, as the list's. Default: 50. */
  readonly last?: number;
  /** Whether the members are read, at most 256. Default: false. */
  readonly members?: boolean;
  /** The largest size of the result as JSON, 1,024 to 1,048,576: the oldest messages are left out. Default: 65,536. */
  readonly bytesMax?: number;
  /** Time limit of all requests together, in milliseconds: 10 to 60,000. Default: 3,000. */
  readonly timeoutMs?: number;
  /** Ends the requests, with the error `aborted`. */
  readonly signal?: AbortSignal;
  /** Another `fetch`, such as a framework's. Default: the platform's. */
  readonly fetch?: typeof globalThis.fetch;
}

/** The room ids and event names of the definitions `App`. */
type RoomOf<App> = App extends DialogueApp<any, infer Rooms> ? RoomId<Rooms> : never;
type NameOf<App, Id extends string> = App extends DialogueApp<infer Events, infer Rooms> ? NamesOf<Events, Rooms, Id> : never;

/** Throws a TypeError that names the argument. */
function check(fits: unknown, name: string, rule: string): void {
  if (!fits) throw new TypeError(`preloadRoom: ${name} must be ${rule}`);
}

const inRange = (value: unknown, min: number, max: number) =>
  Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max;

/**
 * Reads a room for the first HTML: the newest events, and with `members` the members. The result is plain JSON; pass it
 * to the list as `initial`, on the server and in the page. The page's list continues after it.
 *
 * A server that refuses or does not answer gives an empty room with `error`, and the page reads the room once it has
 * joined.
 * @throws TypeError if an argument is wrong.
 *
 * @example
 * const chat = await preloadRoom<typeof app>("chat", { url, token, event: "message", last: 50 });
 */
export async function preloadRoom<
  App extends DialogueApp<any, any> = DialogueApp,
  const Id extends RoomOf<App> & string = RoomOf<App> & string,
>(room: Id, options: PreloadOptions<NameOf<App, Id>>): Promise<PreloadedRoom> {
  const { event, last = 50, members: withMembers = false, bytesMax = 65_536, timeoutMs = 3000, ...access } = options ?? {};
  check(typeof room === "string" && /^[\w\-.:@~]{1,128}$/.test(room), "room", "1 to 128 of A-Z a-z 0-9 _ - . : @ ~");
  const names = event === undefined ? undefined : ([event].flat() as string[]);
  check(names?.every((name) => typeof name === "string") ?? true, "event", "a name or an array of names");
  check(inRange(last, 0, kLastMax), "last", `a whole number from 0 to ${kLastMax}`);
  check(typeof withMembers === "boolean", "members", "true or false");
  check(inRange(bytesMax, 1024, 1_048_576), "bytesMax", "a whole number from 1024 to 1048576");
  check(inRange(timeoutMs, 10, 60_000), "timeoutMs", "a whole number from 10 to 60000");
  const read = apiReader({ ...access, timeoutMs }, check);
  const empty = { v: 1, room, messages: [], members: [], occupancy: 0, hasEarlier: false } as const;
  try {
    const [log, members] = await Promise.all([
      readLog(read, room, last, names),
      withMembers ? readMembers(read, room) : empty.members,
    ]);
    return bounded({ ...empty, ...log, members, occupancy: members.length }, bytesMax);
  } catch (error) {
    if (error instanceof Refusal) return { ...empty, error: error.code };
    throw error;
  }
}

type Read = ReturnType<typeof apiReader>;

/** The newest `last` events, page by page, and the position after them. */
async function readLog(read: Read, room: string, last: number, names: readonly string[] | undefined) {
  const path = (limit: number, before?: number) =>
    `/rooms/${room}/history?limit=${Math.max(1, Math.min(limit, kPageMax))}${before === undefined ? "" : `&before=${before}`}`;
  let page = await read(path(last));
  const { epoch, head: seq } = page;
  const messages: Message[] = [];
  let left = last;
  for (;;) {
    const listed = page.events.filter((logged: Message) => left && (names?.includes(logged.event) ?? true));
    messages.unshift(...listed.map((logged: Message) => ({ ...logged, roomId: room, epoch })));
    left -= Math.min(left, kPageMax);
    const before = Number(/[?&]before=(\d+)/.exec(page.next ?? "")?.[1]);
    if (!left || !before) return { position: { epoch, seq }, messages, hasEarlier: last ? !!before : seq > 0 };
    page = await read(path(left, before));
    if (page.epoch !== epoch) return { position: { epoch, seq }, messages, hasEarlier: true }; // replaced meanwhile
  }
}

/** Reads the members, in the form of a client's room: none if the room has more than 256. */
async function readMembers(read: Read, room: string): Promise<Member[]> {
  const { members, next } = await read(`/rooms/${room}/members?limit=${kMembersMax}`);
  const listed = ({ userId, name, meta }: Member) => ({ userId, ...(name && { name }), ...(meta && { meta }) });
  return next === undefined ? members.map(listed) : [];
}

/** Returns the room without its oldest messages, as many as are needed to fit into `bytesMax`. */
function bounded(room: PreloadedRoom, bytesMax: number): PreloadedRoom {
  const bytesOf = (value: unknown) => new TextEncoder().encode(JSON.stringify(value)).length;
  const without = { ...room, messages: [] };
  let left = bytesMax - bytesOf(without);
  if (left < 0) return { ...without, members: [], occupancy: 0, hasEarlier: true };
  let from = room.messages.length;
  while (from && (left -= bytesOf(room.messages[from - 1]) + 1) >= 0) from -= 1;
  return from ? { ...room, messages: room.messages.slice(from), hasEarlier: true } : room;
}
