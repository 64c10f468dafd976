// The tab that has the server: sockets of all tabs, which come through the channel.
import type { ServerCore } from "./server_core.js";

/** How many sockets tabs may have together; more are closed. */
const socketsMax = 1000;
const tryAgainLater = 1013;

/** What a socket says to the host. */
export interface ToHost {
  readonly from: string;
  readonly kind: "open" | "message" | "close" | "lose";
  readonly data?: unknown;
}

/** What the host says to a socket; without `to`, that it has begun. */
export interface FromHost {
  readonly to?: string;
  readonly kind: "open" | "message" | "close" | "host";
  readonly data?: string;
  readonly code?: number;
}

export class ChannelHost {
  readonly #core: ServerCore;
  readonly #port: BroadcastChannel;
  readonly #ended: () => void;
  #isClosed = false;
  /** Connections by the sockets' ids. */
  readonly #connections = new Map<string, number>();

  constructor(core: ServerCore, port: BroadcastChannel, ended: () => void) {
    this.#core = core;
    this.#port = port;
    this.#ended = ended;
    port.onmessage = ({ data }) => data.from && this.#take(data);
    this.#say({ kind: "host" });
  }

  /** Ends the server: all connections are lost. */
  close(): void {
    for (const to of this.#connections.keys()) this.#say({ to, kind: "close", code: 1006 });
    this.#isClosed = true;
    this.#core.crash();
    this.#port.close();
    this.#ended();
  }

  #say(words: FromHost): void {
    if (!this.#isClosed) this.#port.postMessage(words);
  }

  #take({ from, kind, data }: ToHost): void {
    const connection = this.#connections.get(from);
    if (kind === "open") {
      if (connection === undefined) this.#open(from);
    } else if (connection !== undefined) {
      if (kind === "message") return this.#core.receive(connection, data);
      this.#connections.delete(from);
      this.#core.close(connection, kind === "close");
    }
  }

  #open(to: string): void {
    if (this.#connections.size >= socketsMax) return this.#say({ to, kind: "close", code: tryAgainLater });
    const closed = (code: number) => {
      if (this.#connections.delete(to)) this.#say({ to, kind: "close", code });
    };
    const arrive = (data: string) => {
      this.#say({ to, kind: "message", data });
      return true;
    };
    const connection = this.#core.open({ arrive, closed });
    this.#connections.set(to, connection);
    this.#say({ to, kind: "open" });
  }
}
