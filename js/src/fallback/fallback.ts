// The chunk for networks that break WebSocket: opens pipes by a race of transports, and moves a connection to a
// WebSocket that works again.
import type { PipeOpener } from "../transport/pipe.js";
import { Choice } from "./choice.js";
import type { FallbackHost } from "./fallback_host.js";
import { Race } from "./race.js";

const key = "dialogue:http";

/** Storage for remembered failures: this browser's, or this client's memory if storage is not allowed. */
class Remembered {
  #own = 0;
  get until(): number {
    try {
      this.#own = Number(localStorage.getItem(key));
    } catch {
      // not allowed, or no browser
    }
    return this.#own;
  }
  set until(time: number) {
    this.#own = time;
    try {
      if (time) localStorage.setItem(key, `${time}`);
      else localStorage.removeItem(key);
    } catch {
      // as above
    }
  }
}

/** What opens a client's pipes from now on. */
export function open(host: FallbackHost): PipeOpener {
  const choice = new Choice(host.transports, new Remembered());
  return {
    forget: () => choice.forget(),
    open: (url, protocols, messages, pending) => new Race(host, choice, { url, protocols, messages, pending }),
  };
}
