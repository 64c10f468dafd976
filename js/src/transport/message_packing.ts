// Decides how frames share WebSocket messages: as many in their order as a message may hold.
import { Limit } from "../generated/tables.js";

const batchCharsMax = 5000; // a message of several frames has at most 16 KiB, and a character has at most 3 bytes

/** How many of the first `frames` go into one message. A frame that is too large for a batch goes alone. */
export function framesPerMessage(frames: readonly string[]): number {
  let count = 0;
  let chars = 0;
  for (const frame of frames) {
    chars += frame.length + 1;
    if (count && (count === Limit.batchFramesMax || chars > batchCharsMax)) break;
    count += 1;
  }
  return count;
}
