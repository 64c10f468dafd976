// The entry dialogue-client/react/suspense: the hooks of dialogue-client/react, which wait for their room's join.
"use client";

export { createHooks } from "./react/suspense.js";
export type * from "./react/types.js";
export type * from "./store/types.js";
