// The transport in use, and the event "transport", which reports it and the reason.
import type { TransportName } from "../api/events.js";
import type { Pipe } from "../transport/pipe.js";
import type { Emitter } from "../util/emitter.js";

export class TransportInUse {
  name: TransportName | null = null;
  readonly #emitter: Emitter;

  constructor(emitter: Emitter) {
    this.#emitter = emitter;
  }

  /** The client is connected by `pipe`, or is not, for this reason. */
  set(pipe: Pipe | undefined, lossReason?: string): void {
    const previous = this.name;
    const { transport = "websocket", reason = "preferred", attempts = [] } = pipe ?? {};
    const name = pipe ? transport : null;
    if (name === previous) return;
    this.name = name;
    const why = pipe ? reason : lossReason;
    this.#emitter.emit("transport", { transport: name, previous, reason: why, attempts: [...attempts] });
  }
}
