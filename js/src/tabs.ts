// The entry for pages whose tabs share one connection. Pages that do not share load nothing of it.
import type { AnyEvents, AnyRooms } from "./api/definitions.js";
import type { MakeClient, SharedClient, SharedOptions } from "./api/tabs.js";
import { browser } from "./tabs/platform.js";
import { createTab } from "./tabs/shared_client.js";

export { DialogueError } from "./api/errors.js";
export type * from "./api/tabs.js";

/**
 * Makes a client whose connection all tabs of a user share: the server has one connection for any number of tabs. One
 * tab holds it by a Web Lock. Where that tab is closed, frozen or crashes, the next one continues from each tab's
 * positions. Without Web Locks or BroadcastChannel the tab has a connection of its own.
 *
 * @example
 * const client = createSharedClient(() => createDialogueClient({ app, auth: { userId: "ann" } }), { user: "ann" });
 * const room = await client.join("chat");
 * room.on("message", (m) => show(m.data.text));
 */
export function createSharedClient<Events extends object = AnyEvents, Rooms extends object = AnyRooms>(
  create: MakeClient<Events, Rooms>,
  options: SharedOptions,
): SharedClient<Events, Rooms> {
  return createTab(create as never, options, browser()) as SharedClient<Events, Rooms>;
}
