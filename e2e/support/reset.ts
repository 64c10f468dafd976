// Cuts connections as a network does that forgets them.
import type { Socket } from "node:net";

/**
 * Cuts a connection by RST. One that is ending already is destroyed: Node refuses to reset a socket that waits for its
 * shutdown, keeps its handle, and then never ends.
 */
export const reset = (socket: Socket): void => {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
};
