// The connection of a client as a store.
import type { DialogueClient } from "../api/client.js";
import type { DialogueError } from "../api/errors.js";
import type { ClientState, TransportName, Waiting } from "../api/events.js";
import type { Off } from "../api/room.js";
import { sharedStore } from "./shared_store.js";
import type { Store } from "./types.js";

/** The connection at one moment. Frozen. */
export interface Connection {
  /** The state of the connection. */
  readonly state: ClientState;
  /** The transport in use; null without a connection. */
  readonly transport: TransportName | null;
  /** The user id that the server authenticated. */
  readonly userId: string | undefined;
  /** How many attempts have failed since the last connection. */
  readonly attempt: number;
  /** When the next attempt is made, in milliseconds since 1970; undefined while connected. */
  readonly retryAt: number | undefined;
  /** The wait that the server has asked for. */
  readonly waiting: Waiting | undefined;
  /** How many triggered events have no answer yet. */
  readonly pending: number;
  /** The last error, until the next connection is established. */
  readonly lastError: DialogueError | undefined;
}

const atFirst: Connection = Object.freeze({
  state: "connecting",
  transport: null,
  userId: undefined,
  attempt: 0,
  retryAt: undefined,
  waiting: undefined,
  pending: 0,
  lastError: undefined,
});

/** The connection of `client` as a value. */
export function connectionStore(client: DialogueClient<any, any>): Store<Connection> {
  return sharedStore(atFirst, (set) => {
    let attempt = 0;
    let retryAt: number | undefined;
    const read = () => {
      const { state, transport, userId, waiting, pending, lastError } = client;
      if (state === "connected") {
        attempt = 0;
        retryAt = undefined;
      }
      set(Object.freeze({ state, transport, userId, attempt, retryAt, waiting, pending, lastError }));
    };
    const events = ["state", "transport", "waiting", "pending"] as const;
    const offs: Off[] = events.map((event) => client.on(event, read));
    offs.push(
      client.onUser(read),
      client.on("connect_error", (failure) => {
        ({ attempt, retryAt } = failure);
        read();
      }),
    );
    read();
    return () => {
      for (const off of offs) off();
    };
  });
}
