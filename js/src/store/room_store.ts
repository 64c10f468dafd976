// A room as a store: a handle that shares its RoomCore with all others of the same room and options.
import type { DialogueClient } from "../api/client.js";
import type { RoomId } from "../api/definitions.js";
import type { MessageOf } from "../api/messages.js";
import type { Off } from "../api/room.js";
import { idle, RoomCore } from "./room_core.js";
import type { NamesOf, RoomStore, StoreOptions } from "./types.js";

/** The rooms that have subscribers, by client. A server that renders has none. */
const cores = new WeakMap<object, Map<unknown, RoomCore>>();

/** Throws a TypeError that names the argument. */
const check = (isGood: boolean, name: string) => {
  if (!isGood) throw new TypeError(`roomStore: ${name} is not well-formed`);
};

const isCount = (value: unknown) => value === undefined || (Number.isSafeInteger(value) && (value as number) >= 0);

/**
 * A room as a value that frameworks show: its messages, members and state. The room is joined while the store has a
 * subscriber; stores of one room share the membership, and with the same options also the list.
 *
 * @example
 * const chat = roomStore(client, "chat", { event: "message", last: 50 });
 * const off = chat.subscribe(() => show(chat.snapshot().messages));
 * await chat.trigger("message", { text: "Hi" });
 */
export function roomStore<
  Events extends object,
  Rooms extends object,
  const Id extends RoomId<Rooms>,
  Name extends NamesOf<Events, Rooms, Id> = NamesOf<Events, Rooms, Id>,
  State = undefined,
>(
  client: DialogueClient<Events, Rooms>,
  id: Id,
  options: StoreOptions<Name, State, MessageOf<Events, NoInfer<Name>>> = {},
): RoomStore<Events, NamesOf<Events, Rooms, Id>, Name, State> {
  const { reduce, token, start, initial, ...plain } = options;
  check(typeof client?.room === "function", "client");
  check(typeof id === "string", "id");
  check(isCount(plain.last), "last");
  check(isCount(plain.keep), "keep");
  check(!reduce || typeof reduce === "function", "reduce");
  check(!initial || (initial.v === 1 && Array.isArray(initial.messages) && Array.isArray(initial.members)), "initial");
  const key = reduce ? {} : JSON.stringify([id, plain]); // a function is this store's own
  const its = options as unknown as StoreOptions<string, any>;
  const first = idle(id, its);
  const offs = new Set<Off>();
  const coreOf = (): RoomCore | undefined => cores.get(client)?.get(key);
  /** The core of the subscribers, or one for this call. */
  const withRoom = async <T>(use: (core: RoomCore) => Promise<T>): Promise<T> => {
    const off = store.subscribe(() => {});
    try {
      return await use(coreOf()!);
    } finally {
      off();
    }
  };
  const store = {
    subscribe(changed: () => void): Off {
      let mine = cores.get(client);
      if (!mine) cores.set(client, (mine = new Map()));
      let core = mine.get(key);
      if (!core) mine.set(key, (core = new RoomCore(client as DialogueClient, id, its, first, () => mine.delete(key))));
      const end = core.subscribe(changed);
      const off = () => {
        if (offs.delete(off)) end();
      };
      offs.add(off);
      return off;
    },
    snapshot: () => coreOf()?.snapshot ?? first,
    serverSnapshot: () => first,
    trigger: (event: string, ...payload: [any]) => withRoom((core) => core.trigger(event, ...payload)),
    loadEarlier: (limit?: number) => withRoom((core) => core.loadEarlier(limit)),
    retry: () => void coreOf()?.join(),
    dispose() {
      for (const off of offs) off();
    },
  };
  return store as unknown as RoomStore<Events, NamesOf<Events, Rooms, Id>, Name, State>;
}
