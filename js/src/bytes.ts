// The entry for values of bytes in payloads. Modules that `dialogue codegen` writes import it where definitions have some;
// other pages do not load it.
export type { PayloadBytes } from "./api/definitions.js";
export type { WebSocketClass, WebSocketLike } from "./api/options.js";
export { fromBase64, toBase64 } from "./bytes/base64.js";
export { binaryWebSocket } from "./bytes/binary_web_socket.js";
export { payloadBytes } from "./bytes/payload_bytes.js";
