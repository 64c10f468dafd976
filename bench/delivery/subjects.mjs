// Other ways to the same servers: push streams, and Socket.IO's protocol spoken to Dialogue.
import { dialect, servers } from "./servers.mjs";

const server = (name) => servers.find((each) => each.name === name);
const pushPath = "/events?rooms={room}&userId=bench-{from}";

/** Members that do not publish listen by a push stream. */
export const streams = [
  server("dialogue"),
  { ...server("dialogue"), name: "dialogue, push", stream: pushPath },
  { ...server("nchan"), name: "nchan, push", stream: "/{room}" },
];

/** Socket.IO's own server, and Dialogue, by the same protocol; and what the system takes of it. */
export const socketio = [
  server("floor"),
  server("socket.io"),
  { ...server("dialogue"), name: "dialogue, Socket.IO", dialect: dialect("dialogue_socketio") },
];
