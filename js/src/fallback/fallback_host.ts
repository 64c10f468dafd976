// What the fallbacks ask of their client; client/driver.ts is it.
import type { TransportName } from "../api/events.js";
import type { WebSocketLike } from "../api/options.js";
import type { Core } from "../core/core.js";
import type { Pipe } from "../transport/pipe.js";

export interface FallbackHost {
  /** Which may be used, the preferred one first. */
  readonly transports: readonly TransportName[];
  /** The secret to resume the session with. */
  readonly resume: string | undefined;
  /** The largest message that the server takes. */
  readonly messageBytesMax: number;
  /** For `debug`: what goes over HTTP, frame by frame, with its direction. */
  readonly trace?: ((arrow: string, frame: string) => void) | undefined;
  /** While it is set, the application is not notified that the core connects again. */
  isMoving: boolean;
  readonly socket: {
    identify(): Promise<unknown[]>;
    drop(closeCode: number): void;
    /** A WebSocket of the application's class. Throws where there is none, or the browser does not allow it. */
    openWebSocket(url: string, protocols: string[]): WebSocketLike;
  };
  /** Emits "transport", where the pipe goes on by another one. */
  readonly transportInUse: { set(pipe: Pipe): void };
  withCore(use: (core: Core) => void): void;
}
