// A room as one tab sees it: handlers, and the position by which an event is delivered once and in order.
import type { DialogueError } from "../api/errors.js";
import type { Message, Position, Recovery } from "../api/messages.js";
import type { SharedRoom } from "../api/tabs.js";
import { Emitter } from "../util/emitter.js";
import type { From, Joined, Relayed } from "./wire.js";

type Handler = Parameters<Emitter["on"]>[1];

export interface TabRoomHost {
  trigger(event: string, data: unknown, options?: object): Promise<unknown>;
  /** Calls `act` in a turn of its own. */
  later(act: () => void): void;
  leave(): void;
}

export interface TabRoom {
  readonly id: string;
  readonly from: From;
  readonly face: SharedRoom;
  /** The newest event that was seen; undefined before the room is joined. */
  readonly place: Position | undefined;
  references: number;
  entering: Promise<void> | undefined;
  /** Whether the holder was asked for what this tab lacks, and has not answered. */
  isAsking: boolean;
  /** Whether this holder has answered the join. */
  isCurrent(holder: string): boolean;
  enter(joined: Joined, holder: string | undefined): void;
  /** "gap" where events before this one are missing, which then is not delivered. */
  take(relayed: Relayed): "gap" | undefined;
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
  let holder: string | undefined;

  const deliver = (message: Message) => {
    const { seq, epoch } = message;
    if (seq > 0) {
      if (place?.epoch === epoch && seq <= place.seq) return;
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
      return place !== undefined;
    },
    on: (event: string, handler: Handler) => events.on(event, handler),
    onAny: (handler: Handler) => changes.on("any", handler),
    onRecover: (handler: Handler) => changes.on("recover", handler),
    onLeave: (handler: Handler) => changes.on("leave", handler),
    trigger: (event: string, data: unknown = null, options?: object) => host.trigger(event, data, options),
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
    entering: undefined,
    isAsking: false,
    isCurrent: (one) => holder === one,
    enter: (joined, itsHolder) => {
      name = joined.name;
      holder = itsHolder;
      const { events: messages, head, missed } = joined;
      if (!place) {
        place = typeof from === "object" && "since" in from ? from.since : { epoch: head.epoch, seq: 0 };
        if (place.epoch !== head.epoch) place = head;
        held = [];
        host.later(() => {
          const before = held!;
          held = undefined;
          for (const message of before) emit(message);
        });
      }
      if (missed) recover(missed);
      for (const message of messages) deliver(message);
      if (place.epoch !== head.epoch || place.seq < head.seq) place = head;
    },
    take: ({ message, before }) => {
      if (!place) return;
      if (message.seq === 0) return void deliver(message);
      if (message.epoch === place.epoch && message.seq <= place.seq) return;
      if (before.epoch !== place.epoch || before.seq > place.seq) return "gap";
      deliver(message);
      return undefined;
    },
    recover,
    end: (error) => {
      place = undefined;
      changes.emit("leave", error);
    },
  };
  return room;
}
