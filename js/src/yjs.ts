// The entry for documents of Yjs. The page brings its own yjs.
import type { BindYjs } from "./api/yjs.js";
import { bindYjs as bind } from "./yjs/binding.js";

export type * from "./api/yjs.js";

/**
 * Makes a `Y.Doc` a document of a room: it gets what the others write, and they what is written in it. The room is joined,
 * or being joined. Resolves with the document's content, and rejects where there is none: `request_invalid` for an event that is
 * not a document of the room, or an argument that is of no use.
 *
 * @example
 * const room = await client.join("doc-1");
 * const binding = await bindYjs(room, "page", ydoc, { awareness });
 * ydoc.getText("body").insert(0, "Hello");
 * await binding.saved();
 */
export const bindYjs: BindYjs = bind;
