// Decides which transports begin in which order, how long each one is waited for, what is remembered of them, and when
// WebSocket is tried again.
import type { TransportName } from "../api/events.js";

export const rememberedMs = 600_000;
const failuresMin = 2; // in a row, while HTTP works: one may be a restart of the server
const webSocketMs = 1500;
const patienceMs = 2000;
const probeDelaysMs = [30_000, 120_000, 600_000];

/** Until when WebSocket is remembered as failed, in Unix ms; 0: it is not. Other pages of the origin read this too. */
export interface Memory {
  until: number;
}

/** Milliseconds from a connection over HTTP, or from the probe before, to probe number `count`, counted from 0. */
export const probeDelayMs = (count: number): number => probeDelaysMs[count] ?? probeDelaysMs[2]!;

export class Choice {
  readonly #transports: readonly TransportName[];
  readonly #memory: Memory;
  #failures = 0;
  #webSocketMs = webSocketMs;

  constructor(transports: readonly TransportName[], memory: Memory) {
    this.#transports = transports;
    this.#memory = memory;
  }

  /** Whether WebSocket has failed twice in a row in the last 10 minutes, while HTTP worked. */
  isRemembered(now: number): boolean {
    const { until } = this.#memory;
    return now < until && until <= now + rememberedMs; // a clock that was set back remembers nothing
  }

  /** The transports in the order in which they begin. WebSocket comes last while it is remembered. */
  order(now: number): readonly TransportName[] {
    if (!this.isRemembered(now)) return this.#transports;
    const isWebSocket = (name: TransportName) => Number(name === "websocket");
    return [...this.#transports].sort((a, b) => isWebSocket(a) - isWebSocket(b));
  }

  /** How long a transport may be silent until the next one begins beside it, in ms. */
  patienceMs(name: TransportName): number {
    return name === "websocket" ? this.#webSocketMs : patienceMs;
  }

  /** Whether WebSocket is preferred to the transport in use. */
  isWorthProbing(name: TransportName): boolean {
    const at = this.#transports.indexOf("websocket");
    return at >= 0 && at < this.#transports.indexOf(name);
  }

  /** Notes a WebSocket that has answered, this many milliseconds after it was opened. */
  webSocketAnswered(afterMs: number): void {
    this.#webSocketMs = Math.max(webSocketMs, 4 * afterMs);
    this.forget();
  }

  /** Counts a WebSocket that failed while HTTP worked. */
  webSocketFailed(now: number): void {
    this.#failures += 1;
    if (this.#failures >= failuresMin) this.#memory.until = now + rememberedMs;
  }

  /** Forgets what was learned: the network is another one, or no transport works at all. */
  forget(): void {
    this.#failures = this.#memory.until = 0;
  }
}
