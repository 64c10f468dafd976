// Functions that a page does not need before it shows a room: a separate file, extra.js, which the first use of any of
// them loads.
export { watchUnjoined } from "./hints.js";
export { rejoin } from "./identity.js";
export { prepare } from "./preparation.js";
export { can, listRooms, validate } from "./questions.js";
export { subscribe } from "./subscriptions.js";
