// The default entry: the WebAssembly core is part of this file, so no bundler needs to be told of it.
import { createClient } from "./client.js";
import { wasmBytes } from "./inlined.js";
import type { AnyEvents, AnyRooms, ClientOptions, DialogueClient } from "./types.js";

export { DialogueError, type DialogueErrorOf, type Unsent } from "./errors.js";
export type { DialogueErrorCode, DialogueErrorFields } from "./generated/tables.js";
export type * from "./types.js";

let module: Promise<WebAssembly.Module> | undefined;

/** Compiled once for all clients. */
const load = async () => {
  module ??= WebAssembly.compile(wasmBytes());
  module.catch(() => (module = undefined)); // what failed is tried again
  return module;
};

/**
 * Makes a client of a Dialogue server. Connects by itself in a page, or where `WebSocket` is given; elsewhere, such as in a
 * server that renders, at the first `join` or `listRooms`.
 *
 * @example
 * const client = createDialogueClient({ app, auth: { userId: "ann" } });
 * const chat = await client.join("chat");
 * chat.on("message", (m) => console.log(m.from, m.data.text));
 * await chat.trigger("message", { text: "Hi" });
 */
export function createDialogueClient<Events extends object = AnyEvents, Rooms extends object = AnyRooms>(
  options: ClientOptions<Events, Rooms> = {},
): DialogueClient<Events, Rooms> {
  return createClient(options, load);
}
