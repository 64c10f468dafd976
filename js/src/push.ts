// The entry for pages that only listen: push streams without WebAssembly, in 3 KB.
export type { AnyEvents, AnyRooms, DialogueApp, RoomId } from "./api/definitions.js";
export type { DialogueError, DialogueErrorOf, Unsent } from "./api/errors.js";
export type * from "./api/filter.js";
export type { Message, OwnMessage } from "./api/messages.js";
export type * from "./api/push.js";
export type { Off } from "./api/room.js";
export type { DialogueErrorCode, DialogueErrorFields } from "./generated/tables.js";
export { createPushStream } from "./push/push_stream.js";
