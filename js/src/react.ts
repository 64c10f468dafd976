// The entry for React 18.2 and newer: hooks over dialogue-client/store.
"use client";

export { createHooks } from "./react/hooks.js";
export { type PushValue, usePushStream } from "./react/push.js";
export type * from "./react/types.js";
export type { Connection } from "./store/connection_store.js";
export type * from "./store/types.js";
