// The entry for Svelte 5.7 and newer: readers over dialogue-client/store.
export type { Connection } from "./store/connection_store.js";
export type * from "./store/types.js";
export { createReaders } from "./svelte/readers.js";
export type * from "./svelte/types.js";
