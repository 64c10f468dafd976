// The server in WebAssembly (dialogue-client/testing) in this process, and connections to it that look like those of the package
// `ws`, as far as Peer uses one.
import { EventEmitter } from "node:events";
import { readFileSync } from "node:fs";

let server;

/** Starts the server of this test file with an app.json; its address, which nobody looks up. */
export async function startPageServer(app) {
  const { createTestServer } = await import("../../js/dist/testing.js");
  server = await createTestServer(readFileSync(app, "utf8"));
  return "http://page.invalid";
}

/** Stops it; nothing where there is none. */
export function stopPageServer() {
  server?.close();
  server = undefined;
}

export class PageSocket extends EventEmitter {
  #socket = new server.WebSocket("ws://page.invalid/dialogue", ["dialogue.v1"]);

  constructor() {
    super();
    this.#socket.onopen = () => this.emit("open");
    this.#socket.onmessage = ({ data }) => this.emit("message", data);
    this.#socket.onclose = ({ code }) => this.emit("close", code);
  }

  get readyState() {
    return this.#socket.readyState;
  }

  send(text) {
    this.#socket.send(text);
  }

  close() {
    this.#socket.close();
  }

  terminate() {
    this.#socket.lose();
  }
}
