// What few clients need before they connect. Part of extra.js.
import type { ClientOptions } from "../api/options.js";
import { Call } from "../core/calls.js";
import type { Core } from "../core/core.js";
import { closingSoon } from "../transport/closing_soon.js";

/** Prepares a WebSocket class of Node, and reads the catalogue of a module that dialogue_add_app has made. */
export function prepare(options: ClientOptions, core: Core): void {
  if (options.WebSocket) options.WebSocket = closingSoon(options.WebSocket);
  const { wasm } = core;
  if (!wasm[Call.own_catalogue]) return;
  wasm[Call.own_catalogue]();
  const { numbers } = core;
  const bytes = new Uint8Array(wasm.memory.buffer, numbers[0], numbers[1]);
  core.setCatalogue(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}
