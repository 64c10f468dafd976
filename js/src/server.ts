// The entry for code that renders on a server: a room as data of the first HTML, by HTTP alone, without WebAssembly.
export { inlineJson } from "./preload/inline_json.js";
export { type PreloadOptions, preloadRoom } from "./preload/preload_room.js";
export type { PreloadedRoom } from "./store/types.js";
