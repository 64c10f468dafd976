// Where a client connects, and by which WebSocket class.
import type { ClientOptions, WebSocketClass } from "../api/options.js";
import { ErrorCode } from "../generated/tables.js";
import { fault } from "../util/fault.js";

/** The WebSocket class of the options or the platform. Throws when there is none. */
export function webSocketClass(options: ClientOptions): WebSocketClass {
  const { WebSocket = globalThis.WebSocket } = options;
  const code = options.WebSocket ? undefined : ErrorCode.not_supported;
  if (typeof WebSocket !== "function") throw fault("$.WebSocket", "must be that of ws", code);
  return WebSocket as WebSocketClass;
}

/**
 * The address of the endpoint: `url` relative to the page, `/dialogue` if it has no path. Throws when there is no
 * address.
 */
export function endpoint(url: string | URL = "/"): string {
  const address = new URL(url, globalThis.location?.href);
  if (address.pathname === "/") address.pathname = "/dialogue";
  address.hash = "";
  return address.href.replace(/^http/, "ws");
}
