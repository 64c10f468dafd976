// The default entry: the WebAssembly core is part of this file, so bundlers need no configuration.
import type { DialogueClient } from "./api/client.js";
import type { AnyCalls, AnyEvents, AnyRooms } from "./api/definitions.js";
import type { ClientOptions } from "./api/options.js";
import { createClient } from "./client/client.js";
import { wasmBytes } from "./core/inlined.js";

export { type CallError, DialogueError, type DialogueErrorOf, type Unsent } from "./api/errors.js";
export { SignedOut } from "./api/signed_out.js";
export type * from "./api/types.js";
export type { DialogueErrorCode, DialogueErrorFields } from "./generated/tables.js";

let module: Promise<WebAssembly.Module> | undefined;

/** Compiled once for all clients. */
const load = async () => {
  module ??= WebAssembly.compile(wasmBytes());
  module.catch(() => (module = undefined)); // the next use tries again
  return module;
};

/**
 * Makes a client of a Dialogue server. Connects by itself in a page, or if `WebSocket` is set; elsewhere, such as
 * in a server that renders, at the first `join` or `listRooms`.
 *
 * @example
 * const client = createDialogueClient({ app, auth: { userId: "ann" } });
 * const chat = await client.join("chat");
 * chat.on("message", (m) => console.log(m.from, m.data.text));
 * await chat.trigger("message", { text: "Hi" });
 */
export function createDialogueClient<
  Events extends object = AnyEvents,
  Rooms extends object = AnyRooms,
  Calls extends object = AnyCalls,
>(options?: ClientOptions<Events, Rooms, Calls>): DialogueClient<Events, Rooms, Calls> {
  return createClient(options, load);
}
