// Pages of Yjs with the unmodified provider of y-websocket.
import { createRequire } from "node:module";
import { join } from "node:path";
import { root, until } from "./program.mjs";

export const { WebSocket } = createRequire(join(root, "js", "package.json"))("ws");
// The modules that dist/yjs.js gets, too: Yjs has another copy of itself for require().
const installed = (path) => import(join(root, "js", "node_modules", path));
export const Y = await installed("yjs/dist/yjs.mjs");
export const { Awareness } = await installed("y-protocols/awareness.js");
const { WebsocketProvider } = await installed("y-websocket/src/y-websocket.js");

/** Makes pages, which `end` ends. */
export function yjsPages() {
  const providers = [];
  /** A page of a room: its document, its provider, and what it shows. */
  const page = (server, room, { user = "ann", ...params } = {}) => {
    const doc = new Y.Doc();
    const provider = new WebsocketProvider(`${server.url.replace("http", "ws")}/yjs`, room, doc, {
      params: { userId: user, ...params },
      WebSocketPolyfill: WebSocket,
      disableBc: true,
    });
    providers.push(provider);
    return { doc, provider, body: doc.getText("body"), meta: doc.getMap("meta"), awareness: provider.awareness };
  };
  /** Waits until it holds; each look takes a turn of the loop. */
  const eventually = (holds) =>
    until(
      () => new Promise((resolve) => setImmediate(() => resolve(holds()))),
      (found) => found,
    );
  const synced = (each) => eventually(() => each.provider.synced);
  const shows = (each, text) => eventually(() => each.body.toString() === text);
  const end = () => {
    for (const each of providers) {
      each.destroy();
      each.doc.destroy(); // with it the timer of its awareness
    }
  };
  return { page, synced, shows, eventually, end };
}
