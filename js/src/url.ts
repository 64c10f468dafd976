// The entry for pages that would rather load dialogue.wasm as a file: it is cached apart and compiled while it arrives.
import type { DialogueClient } from "./api/client.js";
import type { AnyCalls, AnyEvents, AnyRooms } from "./api/definitions.js";
import type { ClientOptions } from "./api/options.js";
import { createClient } from "./client/client.js";

export { type CallError, DialogueError, type DialogueErrorOf, type Unsent } from "./api/errors.js";
export { SignedOut } from "./api/signed_out.js";
export type * from "./api/types.js";
export type { DialogueErrorCode, DialogueErrorFields } from "./generated/tables.js";

/** Options of a client whose core is a file. */
export interface UrlClientOptions<
  Events extends object = AnyEvents,
  Rooms extends object = AnyRooms,
  Calls extends object = AnyCalls,
> extends ClientOptions<Events, Rooms, Calls> {
  /** Where the core is. Default: `dialogue.wasm` beside this module. */
  wasm?: string | URL;
}

async function load(url: string | URL): Promise<WebAssembly.Module> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  // Streaming needs the media type application/wasm; a server that does not know it costs time, not function.
  return WebAssembly.compileStreaming(response.clone()).catch(async () => WebAssembly.compile(await response.arrayBuffer()));
}

/** As `createDialogueClient` of `dialogue-client`, with the core loaded from `wasm`. */
export function createDialogueClient<
  Events extends object = AnyEvents,
  Rooms extends object = AnyRooms,
  Calls extends object = AnyCalls,
>(options?: UrlClientOptions<Events, Rooms, Calls>): DialogueClient<Events, Rooms, Calls> {
  let module: Promise<WebAssembly.Module> | undefined;
  return createClient(options, async () => {
    module ??= load(options?.wasm ?? new URL("dialogue.wasm", import.meta.url));
    module.catch(() => (module = undefined)); // the next use tries again
    return module;
  });
}
