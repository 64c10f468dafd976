// Frames on their way to the core: out of messages one by one, and not before a caller could add handlers.
import { ErrorCode, Limit } from "../generated/tables.js";

const incomingCharsMax = 16 * 1024 * 1024; // the longest message of a server
/** JOINED, EVENT, SKIP, GAP and PRESENCE: the next connection brings them again. */
const ofRooms = /^.(3[467]|4[13])/;

export class IncomingFrames {
  readonly #read: (frame: string) => void;
  readonly #reject: (code: ErrorCode) => void;
  #unread: string[] = [];
  #isDeferred = false;

  /** `read` receives each frame; `reject` is called with the fault of a message. */
  constructor(read: (frame: string) => void, reject: (code: ErrorCode) => void) {
    this.#read = read;
    this.#reject = reject;
  }

  receive(data: unknown): void {
    if (typeof data !== "string") return this.#reject(ErrorCode.binary_unsupported);
    if (data.length > incomingCharsMax) return this.#reject(ErrorCode.frame_too_large);
    // Most messages are one frame and find nothing unread: no list for them.
    if (!this.#isDeferred && !this.#unread.length && !data.includes("\n")) return this.#read(data);
    const frames = data.split("\n");
    if (frames.length > Limit.batchFramesMax) return this.#reject(ErrorCode.batch_too_large);
    this.#unread.push(...frames);
    this.#readAll();
  }

  /** Reads nothing for a turn, so that a caller can add handlers: events may follow JOINED in the same message. */
  defer(): void {
    this.#isDeferred = true;
    const { port1, port2 } = new MessageChannel(); // a timer would be late in a hidden page
    port1.onmessage = () => {
      port1.close();
      this.resume();
    };
    port2.postMessage(0);
  }

  /** The connection that they came over is gone: reads what waits, but nothing of rooms for which handlers may be missing. */
  end(): void {
    this.resume();
    for (const frame of this.#unread.splice(0)) if (!ofRooms.test(frame)) this.#read(frame);
  }

  /** Reads what waits. */
  resume(): void {
    this.#isDeferred = false;
    this.#readAll();
  }

  /** The connection that they came over is gone. */
  clear(): void {
    this.#unread = [];
  }

  #readAll(): void {
    while (!this.#isDeferred && this.#unread.length) this.#read(this.#unread.shift()!);
  }
}
