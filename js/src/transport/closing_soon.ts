// Makes a WebSocket class of Node end if the network is silent. Part of extra.js: only a client with such a class
// needs it.
import type { WebSocketClass } from "../api/options.js";

/**
 * A class whose WebSockets are terminated a second after close(), if it can: one of `ws` waits for 30 s for the other
 * end, and keeps the process alive.
 */
export function closingSoon(WebSocket: any): WebSocketClass {
  if (!WebSocket.prototype?.terminate || WebSocket.closesSoon) return WebSocket;
  return class extends WebSocket {
    static readonly closesSoon = true;

    close(code: number): void {
      super.close(code);
      (setTimeout(() => this.terminate(), 1000) as any).unref?.();
    }
  } as any;
}
