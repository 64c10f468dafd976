// Where a client connects, and by which WebSocket class.
import { DialogueError } from "../api/errors.js";
import type { ClientOptions, WebSocketClass } from "../api/options.js";

/** The WebSocket class of the options or the platform. Throws when there is none. */
export function webSocketClass(options: ClientOptions): WebSocketClass {
  const found = options.WebSocket ?? (globalThis as { WebSocket?: WebSocketClass }).WebSocket;
  if (!found) throw new DialogueError("not_supported", "There is no WebSocket class here: pass one, such as that of ws.");
  return found;
}

/**
 * The address of the endpoint: `url` relative to the page, `/dialogue` where it has no path. Throws when there is no
 * address.
 */
export function endpoint(url: string | URL = "/"): string {
  const address = new URL(url, globalThis.location?.href);
  if (address.pathname === "/") address.pathname = "/dialogue";
  address.hash = "";
  return address.href.replace(/^http/, "ws");
}
