// The rooms of a client: their objects by id and by the core's number, the calls of the core about them, and their
// frames.
import { DialogueError } from "../api/errors.js";
import type { Position, Receipt } from "../api/messages.js";
import type { JoinOptions, TriggerOptions } from "../api/room.js";
import { Call } from "../core/calls.js";
import type { Core } from "../core/core.js";
import { codeName, makeError } from "../core/make_error.js";
import { ActionKind, ErrorCode, FrameType } from "../generated/tables.js";
import { isOthers, namedBy, type Publication } from "../publications/publication.js";
import { requestToken } from "../transport/token.js";
import { randomId } from "../util/random_id.js";
import { toJson } from "../util/to_json.js";
import type { Validator } from "../validator/validator.js";
import { startOf } from "./join_options.js";
import { RoomHandle, type RoomOwner, type RoomRegistry } from "./room.js";

export class Rooms implements RoomRegistry {
  readonly #host: RoomOwner;
  readonly #byHandle: RoomHandle[] = [];
  readonly byId = new Map<string, RoomHandle>();
  /** Handles of forgotten rooms that the core still needs: it counts their publications, or owes the server a leave. */
  readonly #retiredHandles = new Map<string, number>();

  constructor(host: RoomOwner) {
    this.#host = host;
  }

  get(id: string, mine?: RoomHandle): RoomHandle {
    let room = this.byId.get(id);
    if (!room) this.byId.set(id, (room = mine ?? new RoomHandle(this.#host, id)));
    return room;
  }

  register(id: string): RoomHandle {
    const room = this.get(id);
    if (room.handle < 0) {
      room.handle = this.#retiredHandles.get(id) ?? this.#core.wasm[Call.add_room](id);
      this.#retiredHandles.delete(id);
      this.#byHandle[room.handle] = room;
    }
    return room;
  }

  /** There will be another core: it knows no room, and all memberships ended with the one before. */
  reset(): void {
    for (const room of this.byId.values()) {
      this.position(room);
      room.restart();
    }
    this.#byHandle.length = 0;
    this.#retiredHandles.clear();
  }

  /** Called when the client is closed: ends the deliveries of all rooms, joined or not. */
  endLoops(reason: unknown): void {
    for (const room of this.byId.values()) room.endLoops(reason);
  }

  /** Like get(), but adds a reference to the room. */
  acquire(id: string): RoomHandle {
    const room = this.get(id);
    room.references += 1;
    return room;
  }

  join(room: RoomHandle, from: JoinOptions["from"]): Promise<unknown> {
    const core = this.#core;
    const [kind, epoch, seq] = startOf(from);
    const { handle } = this.register(room.id);
    return this.#host.request(core, () => core.wasm[Call.join](handle, kind, epoch, seq, Date.now()));
  }

  async leave(room: RoomHandle, membership: Promise<unknown>): Promise<void> {
    const core = this.#core;
    const host = this.#host;
    // What was triggered in it goes out before. Without a connection nothing does.
    room.ending = membership;
    const isWaiting = () => room.ending && host.state === "connected" && [...host.staged.values()].includes(membership);
    while (isWaiting()) await this.#prepare().catch(() => {});
    room.ending = undefined;
    await host.request(core, () => core.wasm[Call.leave](room.handle)).catch(() => {}); // it has ended another way
  }

  /** Forgets a room without references, memberships and unanswered publications. */
  forgetUnused(room: RoomHandle): void {
    const { id, handle, references, claims, joining, leaving } = room;
    if (references || claims.size || joining || leaving || this.byId.get(id) !== room || this.#host.hasPublication(id)) return;
    this.byId.delete(id);
    if (handle < 0) return;
    this.position(room); // the core may give its number to another room
    room.handle = -1;
    if (this.#core.wasm[Call.forget_room](handle)) delete this.#byHandle[handle];
    else {
      this.#byHandle[handle] = { id, handle: -1 } as RoomHandle;
      this.#retiredHandles.set(id, handle);
    }
  }

  /**
   * Sends the parts of JOIN after its integers: immediately without a token function, so that JOIN leaves with the
   * frames before it. The function is called once the socket is `opened`; if it fails, or the room is left meanwhile, the
   * token is empty, and the server refuses the join.
   */
  sendJoin(handle: number, opened: Promise<unknown>, send: (tail: unknown[]) => void, failed: (error: unknown) => void): void {
    const { id, asked, isOpen } = this.#byHandle[handle]!;
    const { events, match, filter, token: provider } = isOpen ? asked : ({} as JoinOptions); // or it gives a place back
    // An id that is not a string, or as long as a message, has no place in a frame; the server refuses 200 characters as a
    // name.
    const join = (token?: string) => send([`${id}`.slice(0, 200), { events, match, filter, token }]);
    if (!provider) return join();
    const left = new Promise<string>((resolve) => (asked.cancel = () => resolve("")));
    Promise.race([left, opened.then(() => requestToken(provider))]).then(join, (error) => {
      failed(error);
      join("");
    });
  }

  /** Publishes; `signal` ends the wait and withdraws unsent events. */
  async publish(room: RoomHandle, event: string, data: unknown, options: TriggerOptions): Promise<Receipt> {
    const host = this.#host;
    const { signal, delete: deletes } = options;
    const json = toJson(data === undefined ? null : data, host.options.app?.bytes?.encode);
    const bytes = json.length; // an estimate of its bytes until they are counted
    const named = namedBy(host.options.auth) ?? host.named;
    const { userId } = host;
    const publication = { key: randomId(), time: Date.now(), roomId: room.id, event, json, bytes, deletes, named, userId };
    const publishing = this.#publish(room, publication, options);
    publishing.then(
      (receipt) => host.settled(publication, receipt),
      (error) => host.settled(publication, { error: error instanceof DialogueError ? error : makeError(ErrorCode.aborted) }),
    );
    return signal ? host.until(publishing, signal, true) : publishing;
  }

  async #publish(room: RoomHandle, publication: Publication, options: TriggerOptions): Promise<Receipt> {
    const host = this.#host;
    const { auth } = host.options;
    const { membership } = room;
    const assertOpen = () => {
      if (auth !== host.options.auth) throw makeError(ErrorCode.aborted); // it is another user's
      const isOpen = room.isOpen || (membership && room.ending === membership);
      if (!isOpen && host.state !== "closed") throw makeError(ErrorCode.not_joined);
    };
    assertOpen();
    if (!room.joining)
      void host.loader
        .extra()
        .then(({ watchUnjoined }) => watchUnjoined(host, room))
        .catch(() => {}); // closed
    const { bytes } = publication;
    let validator = host.openedValidator;
    // Behind those that wait for the end of the membership before.
    if (!validator || room.leaving || [...host.staged.keys()].some(({ roomId }) => roomId === room.id)) {
      host.admit(bytes);
      host.countPending(1, bytes);
      host.staged.set(publication, membership);
      try {
        // Waiting publications continue in their order, and before any that comes meanwhile.
        validator = await host.until(this.#prepare(membership ? undefined : room), options.signal);
        if (!validator.core.over) host.openedValidator = validator;
      } finally {
        host.countPending(-1, -bytes);
        host.staged.delete(publication);
      }
      if (publication.isTaken) throw makeError(ErrorCode.outcome_unknown);
      assertOpen();
      if (isOthers(publication.userId, host.userId)) throw makeError(ErrorCode.forbidden);
    }
    return validator.publish(host, validator, publication, options);
  }

  /** What a publication needs: a core with a catalogue, its validator, and the end of the membership before. */
  async #prepare(room?: RoomHandle): Promise<Validator> {
    const host = this.#host;
    await (await host.start()).catalogued;
    const validator = await host.validator();
    while (room?.leaving) await room.leaving;
    return validator;
  }

  position(room: RoomHandle): Position {
    const { handle, lastPosition } = room;
    if (handle < 0) return lastPosition;
    const { wasm, numbers } = this.#core;
    wasm[Call.position](handle);
    const [epoch, seq] = numbers as unknown as [number, number];
    return lastPosition.epoch === epoch && lastPosition.seq === seq ? lastPosition : (room.lastPosition = { epoch, seq });
  }

  /** Performs an action of the core about one room; `frame` is the frame that caused it. */
  perform({ events, numbers }: Core, kind: ActionKind, handle: number, frame: any[], first: number, second: number): void {
    const room = this.#byHandle[handle]!;
    if (kind === ActionKind.deliver) {
      // By index, which is faster than a list's iterator.
      const { 2: number, 3: seq, 4: timestamp, 5: from, 6: ext, 7: data } = frame;
      const event = events[number - 1];
      if (!event) throw makeError(ErrorCode.event_unknown); // the catalogue does not have this number
      // Literals: a spread would make a message cost three times as much.
      const { trace, deleted } = ext; // absent for 0, which carries nothing
      if (room)
        return room.deliver({
          event,
          data,
          from,
          timestamp,
          roomId: room.id,
          seq,
          epoch: room.epoch,
          deleted: deleted && true,
          trace,
        });
      return void this.#host.directEvents.emit(event, { event, data, from, timestamp }); // for the user, not for a room
    }
    if (kind === ActionKind.joined) return this.#joined(room, frame);
    if (kind === ActionKind.presence) return room.applyPresence(frame[3]);
    const { id } = room;
    if (kind === ActionKind.gap) {
      room.recovered = false;
      const code = numbers[4]!;
      if (code === ErrorCode.history_trimmed) room.recoveredReason = "trimmed";
      const reason = frame[0] === FrameType.JOINED ? frame[7]?.reason : code ? codeName(code) : undefined;
      const which = first ? `${first} to ${second}` : "all so far";
      const missed = { recovered: false, from: first || undefined, to: second || undefined, reason };
      room.emitRecovery(missed);
      const error = makeError(ErrorCode.events_missed, which + (reason ? ` (${reason})` : ""), "", id);
      this.#host.report(Object.assign(error, { missed }));
    } else {
      const reason = first && first !== ErrorCode.closed ? this.#host.errorOf(first, id) : undefined;
      if (!room.end(reason) && reason) this.#host.report(reason);
    }
  }

  get #core(): Core {
    return this.#host.core!;
  }

  #joined(room: RoomHandle, frame: any[]): void {
    const isNew = room.state !== "joined";
    if (isNew) this.#host.deferReads();
    const isRecovered = frame[6] === 1;
    room.applyJoined(frame[7], frame[3], isRecovered);
    if (!isNew && isRecovered) room.emitRecovery({ recovered: true });
    if (room.joining || room.leaving) return;
    // The server has begun this membership.
    room.isOpen = true;
    room.joinOptions = room.asked = {};
    room.membership = room.joining = Promise.resolve(room);
    room.own.add(room);
    this.#host.emitter.emit("room", room);
  }
}
