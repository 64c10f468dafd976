// A WebSocket that speaks the protocol's frames by hand: says one, and hears the next of a type; others wait for their turn.
import { once } from "node:events";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { frames } from "../../../../e2e/conformance/frames.mjs";
import { kPatienceMs } from "../../../patience.mjs";

const { WebSocket } = createRequire(fileURLToPath(new URL("../../../../js/package.json", import.meta.url)))("ws");

export { frames };

export class FrameClient {
  #frames = [];
  #heard = () => undefined;
  #ended;
  #socket;

  /** Opens a connection to the server at `url` (http or https); `options` are those of `ws`. Nothing is said on it yet. */
  static async connect(url, options) {
    const client = new FrameClient();
    client.#socket = new WebSocket(`${url.replace(/^http/, "ws")}/dialogue`, "dialogue.v1", options);
    client.#socket.on("message", (text) => {
      client.#frames.push(...`${text}`.split("\n").map((frame) => JSON.parse(frame)));
      client.#heard();
    });
    client.#socket.on("close", (code) => {
      client.#ended = code;
      client.#heard();
    });
    await once(client.#socket, "open");
    return client;
  }

  say(frame) {
    this.#socket.send(JSON.stringify(frame));
  }

  /** Says frames in one message. */
  sayAll(all) {
    this.#socket.send(all.map((frame) => JSON.stringify(frame)).join("\n"));
  }

  /** The next frame of one of these types. */
  async hear(...types) {
    for (;;) {
      const at = this.#frames.findIndex(([each]) => types.includes(each));
      if (at >= 0) return this.#frames.splice(at, 1)[0];
      if (this.#ended) throw new Error(`the connection ended with ${this.#ended} after ${JSON.stringify(this.#frames)}`);
      // A bound for a frame that never comes: no wait for time to pass.
      await new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`no ${types} came: ${JSON.stringify(this.#frames)}`)), kPatienceMs);
        this.#heard = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** Says a frame, and resolves to the next one of these types. */
  ask(frame, ...types) {
    this.say(frame);
    return this.hear(...types);
  }

  /** Says HELLO as a user with a producer, or comes back to a session; resolves to WELCOME's object. */
  async greet(userId, producer, resume) {
    return (await this.ask([1, 1, 0, 0, { identity: { userId }, producer: { id: producer }, resume }], frames.welcome)).at(-1);
  }

  /** Ends in order, and waits for the end. */
  async close() {
    this.#socket.close(1000);
    await once(this.#socket, "close");
  }

  /** Reads nothing any more. */
  pause() {
    this.#socket.pause();
  }

  /** Ends as a lost connection does. */
  terminate() {
    this.#socket.terminate();
  }
}
