// A push stream over a plain TCP socket, read as EventSource reads it (WHATWG HTML, section 9.2.6): its head, then its events.
import { connect } from "node:net";
import { connect as connectTls } from "node:tls";
import { kPatienceMs } from "../../../patience.mjs";

export class PushStream {
  status;
  headers = {};
  /** What `retry:` last said, and what `id:` last said. */
  retryMs;
  lastEventId = "";
  /** All bytes behind the head. */
  body = "";
  hasEnded = false;
  #socket;
  #events = [];
  #rest = "";
  #wake = () => undefined;
  #received = Buffer.alloc(0);
  #chunks = Buffer.alloc(0);

  /** Asks for `path` of the server at `url`. `id` is sent as Last-Event-ID. */
  static async open(url, path, { headers = {}, method = "GET", version = "1.1", id } = {}) {
    const stream = new PushStream();
    const { protocol, hostname, port } = new URL(url);
    const fields = { Host: `${hostname}:${port}`, ...headers, ...(id !== undefined && { "Last-Event-ID": id }) };
    const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
    stream.#socket =
      protocol === "https:"
        ? connectTls({ port: Number(port), host: hostname, rejectUnauthorized: false })
        : connect(Number(port), hostname);
    stream.#socket.on("error", () => undefined);
    stream.#socket.on("data", (bytes) => stream.#take(bytes));
    stream.#socket.on("close", () => {
      stream.hasEnded = true;
      stream.#wake();
    });
    stream.#socket.write(`${method} ${path} HTTP/${version}\r\n${lines.join("")}\r\n`);
    await stream.#until(() => stream.status !== undefined || stream.hasEnded);
    return stream;
  }

  /** The events of applications in a body that was cut somewhere, with the `lastEventId` that EventSource has then. */
  static eventsIn(body) {
    const stream = new PushStream();
    stream.#read(body);
    const events = stream.#events.filter(({ event }) => !event.startsWith("dialogue."));
    return Object.assign(
      events.map((event) => ({ ...event, data: JSON.parse(event.data) })),
      { lastEventId: stream.lastEventId },
    );
  }

  /** What is whole of a body in chunks, as a proxy sends it (RFC 9112, section 7.1). */
  #dechunked(bytes) {
    this.#chunks = Buffer.concat([this.#chunks, bytes]);
    const whole = [];
    for (;;) {
      const end = this.#chunks.indexOf("\r\n");
      const size = end < 0 ? Number.NaN : Number.parseInt(this.#chunks.subarray(0, end).toString("latin1"), 16);
      if (Number.isNaN(size) || this.#chunks.length < end + size + 4) return Buffer.concat(whole);
      whole.push(this.#chunks.subarray(end + 2, end + 2 + size));
      this.#chunks = this.#chunks.subarray(end + size + 4);
    }
  }

  #take(received) {
    const bytes = this.headers["transfer-encoding"] === "chunked" ? this.#dechunked(received) : received;
    if (this.status === undefined) {
      this.#received = Buffer.concat([this.#received, bytes]);
      const end = this.#received.indexOf("\r\n\r\n");
      if (end < 0) return;
      const [first, ...fields] = this.#received.subarray(0, end).toString("latin1").split("\r\n");
      for (const field of fields)
        this.headers[field.slice(0, field.indexOf(":")).toLowerCase()] = field.slice(field.indexOf(":") + 2);
      this.status = Number(first.split(" ")[1]);
      const behind = this.#received.subarray(end + 4);
      this.#received = Buffer.alloc(0);
      if (behind.length > 0) return this.#take(behind);
    } else {
      this.#received = Buffer.concat([this.#received, bytes]);
    }
    const last = this.#received.lastIndexOf(10) + 1; // whole lines: a character may be cut
    const text = (
      this.headers["content-type"] === "text/event-stream" ? this.#received.subarray(0, last) : this.#received
    ).toString();
    this.#received = this.#received.subarray(Buffer.byteLength(text));
    this.body += text;
    this.#read(text);
    this.#wake();
  }

  #read(text) {
    const blocks = (this.#rest + text).split("\n\n");
    this.#rest = blocks.pop();
    for (const block of blocks) {
      let event = "message";
      const data = [];
      for (const line of block.split(/\r\n|\r|\n/)) {
        const [, field, value] = /^([^:]*)(?:: ?(.*))?$/s.exec(line);
        if (field === "event") event = value;
        if (field === "data") data.push(value);
        if (field === "id") this.lastEventId = value;
        if (field === "retry") this.retryMs = Number(value);
      }
      if (data.length) this.#events.push({ event, data: data.join("\n"), id: this.lastEventId, lines: data.length });
    }
  }

  async #until(is) {
    const signal = AbortSignal.timeout(kPatienceMs); // a bound for what never comes
    while (!is())
      await new Promise((resolve, reject) => {
        this.#wake = resolve;
        signal.onabort = () => reject(new Error(`a push stream waits after ${JSON.stringify(this.body.slice(-500))}`));
      });
  }

  /** The next event, of one of these names where some are given: { event, data, id }, data parsed. Others are passed over. */
  async next(...names) {
    const at = () => this.#events.findIndex(({ event }) => names.length === 0 || names.includes(event));
    await this.#until(() => at() >= 0 || this.hasEnded);
    if (at() < 0) throw new Error(`the stream ended after ${JSON.stringify(this.body.slice(-500))}`);
    const { data, ...event } = this.#events.splice(0, at() + 1).at(-1);
    return { ...event, data: JSON.parse(data) };
  }

  /** The next `count` events of applications. */
  async take(count) {
    const taken = [];
    while (taken.length < count) {
      const event = await this.next();
      if (!event.event.startsWith("dialogue.")) taken.push(event);
    }
    return taken;
  }

  /** How many events have come and were not taken. */
  get waiting() {
    return this.#events.length;
  }

  async end() {
    await this.#until(() => this.hasEnded);
    return this;
  }

  pause() {
    this.#socket.pause();
  }

  resume() {
    this.#socket.resume();
  }

  write(bytes) {
    this.#socket.write(bytes);
  }

  /** Goes without a word. */
  close() {
    this.#socket.destroy();
  }
}
