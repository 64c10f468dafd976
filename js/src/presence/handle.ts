// What one caller of `presence` has: its handlers, its share of the watch, and the state that it set.
import type { PresenceMember } from "../api/presence.js";
import type { Emitter } from "../util/emitter.js";
import type { RoomStates } from "./room_states.js";

type Member = PresenceMember<any>;

const none: readonly Member[] = Object.freeze([]);
const change = /^(enter|update|leave|members|error)$/;

export class Handle {
  /** False after close(), too. */
  isWatching: boolean;
  readonly emitter: Emitter;
  readonly #states: RoomStates;

  constructor(states: RoomStates, isWatching: boolean) {
    this.#states = states;
    this.isWatching = isWatching;
    this.emitter = new (states.host.emitter.constructor as typeof Emitter)(); // the client's class, to bring none of our own
    states.open(this);
  }

  get members(): readonly Member[] {
    return this.isWatching ? this.#states.members : none;
  }

  get(userId: string): Member | undefined {
    return this.isWatching ? this.#states.byUser.get(userId) : undefined;
  }

  on(name: string, handler: (value: any) => void): () => void {
    const states = this.#states;
    if (!change.test(name)) throw states.invalid("$.change");
    if (typeof handler !== "function") throw states.invalid("$.handler");
    return this.emitter.on(name, handler);
  }

  set(state: unknown): Promise<void> {
    return this.#states.set(this, state);
  }

  close(): void {
    this.#states.close(this);
  }
}
