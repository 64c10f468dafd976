// The renewal's interface to its client; client/driver.ts implements it.
import type { TransportName } from "../api/events.js";
import type { WebSocketLike } from "../api/options.js";
import type { Off } from "../api/room.js";
import type { Pipe } from "../transport/pipe.js";

export interface RenewalHost {
  readonly state: string;
  /** The secret to resume the session with. */
  readonly resume: string | undefined;
  readonly emitter: { on(event: "transport" | "state", handler: () => void): Off };
  readonly transportInUse: { readonly name: TransportName | null };
  readonly socket: {
    readonly pipe?: Pipe | undefined;
    readonly address: string;
    readonly firstMessage: string;
    identify(): Promise<unknown[]>;
    openWebSocket(url: string, protocols: string[]): WebSocketLike;
  };
  /** As fallback_host.ts has it. */
  moveNow(pipe: Pipe): boolean;
  wasCut(ageMs: number): void;
}
