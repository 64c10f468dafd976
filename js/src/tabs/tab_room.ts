// A room as one tab sees it: handlers, and the position by which an event is delivered once and in order.
import type { DialogueError } from "../api/errors.js";
import type { Message, Position, Recovery } from "../api/messages.js";
import type { TriggerOptions } from "../api/room.js";
import type { SharedRoom } from "../api/tabs.js";
import { Emitter } from "../util/emitter.js";
import { type From, isNews, type Joined, type Relayed } from "./wire.js";

type Handler = Parameters<Emitter["on"]>[1];

export interface TabRoomHost {
  trigger(event: string, data: unknown, options: TriggerOptions): Promise<unknown>;
  /** Calls `act` after this many milliseconds. */
  later(act: () => void, ms: number): void;
  leave(): void;
}

export interface TabRoom {
  readonly id: string;
  readonly from: From;
  readonly face: SharedRoom;
  /** The newest event that was seen; undefined before the room is joined. */
  readonly place: Position | undefined;
  references: number;
  joining: Promise<void> | undefined;
  /** Whether the holder was asked for what this tab lacks, and has not answered. */
  isAsking: boolean;
  /** The holder that has answered the join. */
  owner: string | undefined;
  enter(joined: Joined, owner: string | undefined): void;
  /** Whether events before this one are missing: then it is not delivered. */
  take(relayed: Relayed): boolean;
  recover(recovery: Recovery): void;
  end(error: DialogueError | undefined): void;
}

export function createTabRoom(id: string, from: From, host: TabRoomHost): TabRoom {
  const events = new Emitter(); // by the names of events
  const changes = new Emitter(); // "any", "recover", "leave"
  /** What came before the page could add handlers. */
  let held: Message[] | undefined;
  let place: Position | undefined;
  let name = id;

  const deliver = (message: Message) => {
    const { seq, epoch } = message;
    if (seq > 0) {
      if (!isNews(message, place)) return;
      place = { epoch, seq };
    }
    if (held) held.push(message);
    else emit(message);
  };
  const emit = (message: Message) => {
    events.emit(message.event, message);
    changes.emit("any", message.event, message);
  };
  const recover = (recovery: Recovery) => void changes.emit("recover", recovery);

  const face = {
    id,
    get name() {
      return name;
    },
    get position() {
      return place ?? { epoch: 0, seq: 0 };
    },
    get joined() {
      return !!place;
    },
    on: (event: string, handler: Handler) => events.on(event, handler),
    onAny: (handler: Handler) => changes.on("any", handler),
    onRecover: (handler: Handler) => changes.on("recover", handler),
    onLeave: (handler: Handler) => changes.on("leave", handler),
    trigger: (event: string, data?: unknown, options?: TriggerOptions) => host.trigger(event, data, options ?? {}),
    leave: async () => host.leave(),
  } as unknown as SharedRoom;

  const room: TabRoom = {
    id,
    from,
    face,
    get place() {
      return place;
    },
    references: 0,
    joining: undefined,
    isAsking: false,
    owner: undefined,
    enter: (joined, owner) => {
      name = joined.name;
      room.owner = owner;
      const { events: messages, head, missed } = joined;
      if (!place) {
        place = from?.since ?? { epoch: head.epoch, seq: 0 };
        if (place.epoch !== head.epoch) place = head;
        held = [];
        host.later(() => {
          const before = held!;
          held = undefined;
          for (const message of before) emit(message);
        }, 0);
      }
      if (missed) recover(missed);
      for (const message of messages) deliver(message);
      if (isNews(head, place)) place = head;
    },
    take: ({ message, before }) => {
      if (!place) return false;
      const isAhead = message.seq > 0 && isNews(message, place) && isNews(before, place);
      if (!isAhead) deliver(message);
      return isAhead;
    },
    recover,
    end: (error) => {
      place = undefined;
      changes.emit("leave", error);
    },
  };
  return room;
}
