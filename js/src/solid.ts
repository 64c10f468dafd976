// The entry for Solid 1: primitives over dialogue-client/store.
export { createPrimitives } from "./solid/primitives.js";
export type * from "./solid/types.js";
export type { Connection } from "./store/connection_store.js";
export type * from "./store/types.js";
