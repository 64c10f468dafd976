// The types of `dialogue-client/devtools`.
import type { DialogueClient } from "./client.js";

/** What `createDevtools` takes. */
export interface DevtoolsOptions {
  /** Whether the panel is open at first. Default: false, only its button. */
  open?: boolean;
  /** How many of the newest frames are kept: 1 to 1,000. Default: 100. */
  frames?: number;
  /** Whether the page is loaded again when the server's definitions have changed. Default: true. */
  reload?: boolean;
}

/** An overlay for developers: what `createDevtools` returns. */
export interface Devtools {
  /** For the client's option `debug`: with it the overlay has the frames. Payloads and tokens are not in them. */
  readonly debug: (line: string) => void;
  /** Shows a client: rooms that are joined from now on, its state, and what waits. */
  attach(client: DialogueClient): void;
  /** Removes the overlay. */
  close(): void;
}
