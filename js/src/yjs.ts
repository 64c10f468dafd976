// The entry for documents of Yjs. The page brings its own yjs.
import type { BindYjs } from "./api/yjs.js";
import { bindYjs as bind } from "./yjs/binding.js";

export type * from "./api/yjs.js";

/**
 * Binds a `Y.Doc` to a document of a room: it gets what the others write, and they get what is written in it. The room is
 * joined, or being joined. Resolves once the document has its content. Rejects with `request_invalid` if the event is not a
 * document of the room, or an argument is invalid.
 *
 * @example
 * const room = await client.join("doc-1");
 * const binding = await bindYjs(room, "page", ydoc, { awareness });
 * ydoc.getText("body").insert(0, "Hello");
 * await binding.saved();
 */
export const bindYjs: BindYjs = bind;
