// A TCP connection that looks like a WebSocket of the package `ws`, as far as Peer uses one: a message is a line each way, and
// the close code is that of the BYE that was the last line.
import { EventEmitter } from "node:events";
import { connect } from "node:net";
import { closeCodes } from "./close_codes.mjs";

const kBye = 45;
const kLost = 1006;
const kGoodbye = "[45]\n";

export class TcpSocket extends EventEmitter {
  readyState = 0;
  #socket;
  #text = "";
  #code = kLost;

  constructor(url) {
    super();
    const { hostname, port } = new URL(url);
    this.#socket = connect({ host: hostname, port: Number(port), noDelay: true });
    this.#socket.setEncoding("utf8");
    this.#socket.on("connect", () => {
      this.readyState = 1;
      this.emit("open");
    });
    this.#socket.on("data", (text) => this.#take(text));
    this.#socket.on("error", () => this.#socket.destroy());
    this.#socket.on("close", () => {
      this.readyState = 3;
      this.emit("close", this.#code);
    });
  }

  #take(text) {
    const lines = (this.#text + text).split("\n");
    this.#text = lines.pop();
    for (const line of lines) {
      if (line.startsWith(`[${kBye},`)) this.#code = closeCodes.get(JSON.parse(line)[1]);
      this.emit("message", line);
    }
  }

  send(text) {
    this.#socket.write(`${text}\n`);
  }

  close() {
    this.#code = 1000;
    this.#socket.end(kGoodbye);
  }

  terminate() {
    this.#socket.resetAndDestroy();
  }
}
