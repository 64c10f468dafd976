// The fallbacks' interface to their client; client/driver.ts implements it.
import type { TransportName } from "../api/events.js";
import type { WebSocketLike } from "../api/options.js";
import type { Pipe } from "../transport/pipe.js";

export interface FallbackHost {
  /** Which may be used, the preferred one first. */
  readonly transports: readonly TransportName[];
  /** The secret to resume the session with. */
  readonly resume: string | undefined;
  /** The largest message that the server takes. */
  readonly frameBytesMax: number;
  /** For `debug`: what goes over HTTP, frame by frame, with its direction. */
  readonly trace?: ((arrow: string, frame: string) => void) | undefined;
  readonly socket: {
    identify(): Promise<unknown[]>;
    /** A WebSocket of the application's class. Throws if there is no class, or if the browser does not allow it. */
    openWebSocket(url: string, protocols: string[]): WebSocketLike;
  };
  /** Emits "transport" when the pipe continues over another one. */
  readonly transportInUse: { set(pipe: Pipe): void };
  /**
   * Continues the connection over this WebSocket, which has a `welcome`; the application is not notified. Returns false if
   * the connection has ended meanwhile: then the WebSocket is useless.
   */
  moveNow(pipe: Pipe): boolean;
  /** Notes that a stream was cut after this time. */
  wasCut(ageMs: number): void;
}
