// The entry of the overlay for developers, which a page loads on demand: no page of a user needs it.
import type { Devtools, DevtoolsOptions } from "./api/devtools.js";
import { Overlay } from "./devtools/overlay.js";

export type { Devtools, DevtoolsOptions } from "./api/devtools.js";

/**
 * Makes an overlay at the edge of the page: the client's state and transport, its rooms and their positions, what waits
 * to be sent, and the last frames.
 *
 * @example
 * import { createDevtools } from "dialogue-client/devtools";
 * const devtools = createDevtools();
 * const client = createDialogueClient({ debug: devtools.debug });
 * devtools.attach(client);
 */
export function createDevtools(options: DevtoolsOptions = {}): Devtools {
  const overlay = new Overlay(document, options);
  return {
    debug: (line) => overlay.line(line),
    attach: (client) => overlay.attach(client),
    close: () => overlay.close(),
  };
}
