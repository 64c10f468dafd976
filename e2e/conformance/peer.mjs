// The other end of a connection, speaking docs/protocol.md by hand: sends what it is told, right or wrong, and hands over the
// frames that come, one by one. Every wait has a deadline and says what it waited for.
import { once } from "node:events";
import { test } from "node:test";
import { WebSocket } from "ws";
import { kPatienceMs } from "../../tests/patience.mjs";
import { frames } from "./frames.mjs";
import { openSocket, transport } from "./transports.mjs";

export { frames };

/** Error codes of docs/reference/errors.md that these tests name. */
export const codes = {
  jsonSyntax: 1,
  jsonUtf8: 2,
  jsonDepth: 3,
  duplicateKey: 4,
  wrongType: 10,
  tooShort: 16,
  tooLong: 17,
  requiredMissing: 25,
  propertyUnknown: 26,
  frameMalformed: 40,
  frameUnknown: 41,
  frameTooLarge: 42,
  batchTooLarge: 43,
  helloRequired: 44,
  helloRepeated: 45,
  helloTimeout: 46,
  versionUnsupported: 47,
  binaryUnsupported: 48,
  unauthorized: 60,
  nameInvalid: 62,
  roomUnknown: 63,
  roomFull: 64,
  notJoined: 67,
  alreadyJoined: 68,
  tooManyRooms: 69,
  eventUnknown: 70,
  eventNotAllowed: 71,
  payloadTooLarge: 72,
  requestInvalid: 73,
  rateLimited: 75,
  producerUnknown: 90,
  producerHole: 91,
};

/** `test` of what only a WebSocket has; nothing where the cases run over another transport. */
export const webSocketTest = transport === "websocket" ? test : () => {};

export const isOverRequests = /^(stream|polling)/.test(transport);

/** Event numbers of app.json: its events sorted by name, counted from 1. */
export const events = { message: 1, move: 2, tick: 3, zone: 4 };

export class Peer {
  #socket;
  #frames = [];
  #waiting;
  #closed;

  constructor(socket) {
    this.#socket = socket;
    socket.on("message", (data) => {
      this.#frames.push(
        ...data
          .toString()
          .split("\n")
          .map((text) => ({ text, frame: JSON.parse(text) })),
      );
      this.#waiting?.();
    });
    this.#closed = once(socket, "close").then(([code]) => code);
    this.#closed.then(() => this.#waiting?.());
  }

  /** Opens a connection; nothing is said on it yet. */
  static async connect(url) {
    const socket = openSocket(url);
    const peer = new Peer(socket);
    await once(socket, "open");
    return peer;
  }

  /** Opens a connection and says HELLO as `userId`; `options` are added to HELLO's object. The WELCOME is in `welcome`. */
  static async greet(url, userId, options = {}) {
    const peer = await Peer.connect(url);
    peer.send([frames.hello, 1, 0, 0, { identity: { userId }, ...options }]);
    peer.welcome = await peer.next(frames.welcome);
    return peer;
  }

  /** Sends frames, several as one message. */
  send(...list) {
    this.sendText(list.map((frame) => JSON.stringify(frame)).join("\n"));
  }

  sendText(text) {
    this.#socket.send(text);
  }

  sendBytes(bytes, options) {
    this.#socket.send(bytes, options);
  }

  /** The next frame; fails when it is not of `type`. */
  async next(type) {
    return (await this.nextText(type)).frame;
  }

  /** The next frame with its text as it stood on the wire. */
  async nextText(type) {
    const taken = await this.#take(`frame ${type}`);
    if (taken.frame[0] !== type) throw new Error(`expected a frame of type ${type}, and ${taken.text} came`);
    return taken;
  }

  /** The next frame; fails when it is of none of these types. */
  async nextOf(...types) {
    const { text, frame } = await this.#take(`a frame of ${types}`);
    if (!types.includes(frame[0])) throw new Error(`expected a frame of ${types}, and ${text} came`);
    return frame;
  }

  /** The next frame of `type`; others before it are passed over. Each may take `timeoutMs`. */
  async until(type, timeoutMs) {
    return (await this.untilText(type, timeoutMs)).frame;
  }

  /** The next frame of `type` with its text; others before it are passed over. */
  async untilText(type, timeoutMs) {
    for (;;) {
      const taken = await this.#take(`frame ${type}`, timeoutMs);
      if (taken.frame[0] === type) return taken;
    }
  }

  /** Joins a room from the tail; the JOINED frame. */
  async join(roomId, req = 1) {
    this.send([frames.join, req, 0, 0, 0, roomId, {}]);
    return this.until(frames.joined);
  }

  /** The close code, when the other end has closed. */
  async closed() {
    return this.#deadline(this.#closed, "the close");
  }

  /** Breaks the transport, without a word. */
  terminate() {
    this.#socket.terminate();
  }

  async close() {
    this.#socket.close();
    await this.closed();
  }

  async #take(what, timeoutMs) {
    while (this.#frames.length === 0) {
      if (this.#socket.readyState === WebSocket.CLOSED) throw new Error(`closed while waiting for ${what}`);
      await this.#deadline(
        new Promise((resolve) => {
          this.#waiting = resolve;
        }),
        what,
        timeoutMs,
      );
    }
    return this.#frames.shift();
  }

  async #deadline(promise, what, timeoutMs = kPatienceMs) {
    let timer;
    const late = new Promise((_, reject) => {
      // A deadline, not a nap: it is cleared as soon as the event comes.
      timer = setTimeout(() => reject(new Error(`waited in vain for ${what}`)), timeoutMs);
    });
    try {
      return await Promise.race([promise, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
