// Bounds the pending publications: their number, and their bytes of JSON.

/** Publications without an answer and their bytes, and the bounds of both. */
export interface PendingLoad {
  pending: number;
  pendingBytes: number;
  pendingMax: number;
  pendingBytesMax: number;
}

/** Returns the bound that one more publication of `bytes` would exceed, as words of the error; false if it may be added. */
export const exceededBound = (load: PendingLoad, bytes: number): string | false =>
  load.pending >= load.pendingMax
    ? `${load.pendingMax}`
    : load.pendingBytes + bytes > load.pendingBytesMax && `${load.pendingBytesMax} bytes of`;
