// One WebSocket that speaks docs/protocol.md by hand: raw frames out, and every frame that comes is handed to one function.
// It never throws for a server that went away: `closed` resolves.
import { WebSocket } from "ws";
import { kPatienceMs } from "../../../tests/patience.mjs";
import { frames } from "../../conformance/peer.mjs";
import { within } from "./waiting.mjs";

export { codes, frames } from "../../conformance/peer.mjs";

const reconnectCodes = [1011, 1012, 1013]; // docs/protocol.md: after these a client connects again

/** The end of a connection by the server. */
export class Lost extends Error {
  constructor(code, bye) {
    super(`lost with ${code}${bye ? ` after ${JSON.stringify(bye)}` : ""}`);
    this.mayRetry = reconnectCodes.includes(code);
  }
}

export class Connection {
  #socket;
  #bye;

  /** `onFrame(frame)` gets each frame, parsed, in the order in which they came. */
  constructor(url, onFrame) {
    this.#socket = new WebSocket(new URL("/dialogue", url.replace(/^http/, "ws")), "dialogue.v1");
    this.#socket.on("error", () => {}); // "close" follows and tells it
    this.#socket.on("message", (data) => {
      for (const frame of data
        .toString()
        .split("\n")
        .map((text) => JSON.parse(text))) {
        if (frame[0] === frames.bye) this.#bye = frame;
        onFrame(frame);
      }
    });
    this.opened = new Promise((resolve, reject) => {
      this.#socket.once("open", resolve);
      this.#socket.once("close", () => reject(new Error("closed before it was open")));
    });
    this.opened.catch(() => {});
    this.closed = new Promise((resolve) => {
      this.#socket.once("close", (code) => resolve(code));
    });
  }

  async open() {
    await within(kPatienceMs, this.opened, "a connection");
  }

  /** A connection that ended with `code`, in words. */
  lost(code) {
    return new Lost(code, this.#bye);
  }

  get isOpen() {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  /** Sends one frame when the connection is open; true when it was handed to the socket. */
  send(frame) {
    return this.sendText(JSON.stringify(frame));
  }

  sendText(text) {
    if (!this.isOpen) return false;
    this.#socket.send(text, () => {});
    return true;
  }

  /** Stops reading, so that the server has to keep what comes; `resume` reads on. */
  pause() {
    this.#socket.pause();
  }

  resume() {
    this.#socket.resume();
  }

  /** Ends the connection at once, unread bytes and all. */
  drop() {
    this.#socket.terminate();
  }

  async close() {
    this.#socket.resume();
    this.#socket.close();
    await within(kPatienceMs, this.closed, "the end of a connection");
  }
}
