// All public types, for the entry points. Modules of the client import the file that they need.
export type * from "./calls.js";
export type * from "./client.js";
export type * from "./definitions.js";
export type * from "./events.js";
export type * from "./filter.js";
export type * from "./messages.js";
export type * from "./options.js";
export type { BySession, PresenceStates } from "./presence.js";
export type * from "./room.js";
export type * from "./traces.js";
export type * from "./validity.js";
