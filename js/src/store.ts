// The entry for frameworks: rooms, the connection and permissions as values that are read at once and tell of changes.
export type { DialogueClient } from "./api/client.js";
export { canStore } from "./store/can_store.js";
export { type Connection, connectionStore } from "./store/connection_store.js";
export { latestOptions } from "./store/latest.js";
export { type PresenceStore, type PresenceValue, presenceStore } from "./store/presence_store.js";
export { type PushValue, pushStore } from "./store/push_store.js";
export { roomEvents } from "./store/room_events.js";
export {
  type RoomPresenceControls,
  type RoomPresenceOptions,
  type RoomPresenceStore,
  type RoomPresenceValue,
  roomPresenceStore,
} from "./store/room_presence_store.js";
export { roomStore } from "./store/room_store.js";
export type * from "./store/types.js";
export { type TypingStore, typingStore } from "./store/typing_store.js";
