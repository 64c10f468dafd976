// The overlay's view of a client, through its public interface only. It sees rooms as they are joined: attach first.
import type { DialogueClient } from "../api/client.js";
import type { Room } from "../api/room.js";

const roomsMax = 1_000; // the first ones; a client has a bound of its own

export interface RoomLine {
  readonly id: string;
  readonly state: string;
  readonly seq: number;
  readonly epoch: number;
  readonly members: number;
}

export class ClientView {
  readonly #rooms = new Map<string, Room>();

  /** `changed` is called when something may look different. */
  constructor(
    readonly client: DialogueClient,
    changed: () => void,
  ) {
    const { join, room } = client;
    const keep = (each: Room): Room => {
      if (this.#rooms.size < roomsMax) this.#rooms.set(each.id, each);
      changed();
      return each;
    };
    Object.assign(client, {
      join: async (...args: Parameters<typeof join>) => keep(await join.apply(client, args)),
      room: (...args: Parameters<typeof room>) => keep(room.apply(client, args)),
    });
    client.on("room", keep);
    client.on("state", changed);
    client.on("transport", changed);
    client.on("error", changed);
  }

  get rooms(): RoomLine[] {
    return [...this.#rooms.values()].map(({ id, state, position, members }) => ({
      id,
      state,
      seq: position.seq,
      epoch: position.epoch,
      members: members.length,
    }));
  }

  /** The state in a few words: "connected by websocket as ann". */
  get summary(): string {
    const { state, transport, userId, lastError, waiting } = this.client;
    const parts = [state, transport && `by ${transport}`, userId && `as ${userId}`];
    if (waiting) parts.push("· waits as the server asked");
    if (lastError) parts.push(`· ${lastError.code}: ${lastError.message}`);
    return parts.filter(Boolean).join(" ");
  }

  /** What waits for an answer, oldest first: "message in chat". */
  get unsent(): string[] {
    return this.client.unsent().map(({ event, roomId }) => `${String(event)} in ${roomId}`);
  }
}
