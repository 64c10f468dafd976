// What the fallbacks ask of their client; client/driver.ts is it.
import type { TransportName } from "../api/events.js";
import type { WebSocketLike } from "../api/options.js";
import type { Core } from "../core/core.js";

export interface FallbackHost {
  /** A WebSocket of the application's class. Throws where there is none, or the browser does not allow it. */
  openWebSocket(url: string, protocols: string[]): WebSocketLike;
  /** Which may be used, the preferred one first. */
  readonly transports: readonly TransportName[];
  /** The secret to resume the session with. */
  readonly resume: string | undefined;
  /** The largest message that the server takes. */
  readonly messageBytesMax: number;
  /** While it is set, the application is not told that the core connects anew. */
  isMoving: boolean;
  readonly socket: { identify(): Promise<unknown[]>; drop(closeCode: number): void };
  /** Emits "transport": the pipe goes on by another one. */
  tellTransport(transport: TransportName): void;
  withCore(use: (core: Core) => void): void;
}
