// The entry for Vue 3.3 and newer: composables over dialogue-client/store.
export type { Connection } from "./store/connection_store.js";
export type * from "./store/types.js";
export { createComposables } from "./vue/composables.js";
export { type PushValue, usePushStream } from "./vue/push.js";
export type * from "./vue/types.js";
