// A connection over HTTP requests (docs/protocol.md, "Over HTTP requests") that looks like a WebSocket of the package `ws`, as
// far as Peer uses one: by long polls, or by a streamed response with what is sent beside it. Each request is made by `post`,
// so that the version of HTTP is the caller's.
import { randomBytes } from "node:crypto";
import { EventEmitter } from "node:events";
import { closeCodes } from "./close_codes.mjs";

const kBye = 45;
const kLost = 1006;
const kFramesMax = 256;
const kHoldMs = 20_000;
const kNonceBytes = 16;
const kOk = 200;

export class TunnelSocket extends EventEmitter {
  readyState = 0;
  #post;
  #mode;
  #session;
  #have = 0;
  #taken = 0;
  #said = [];
  #isSending = false;
  #code = kLost;
  #taking = new AbortController();

  /**
   * `mode` is "polling" or "stream". `post(path, body, signal)` resolves to { status, text } with `text` an async iterable of the
   * response's text as it comes.
   */
  constructor(mode, post) {
    super();
    this.#mode = mode;
    this.#post = post;
    this.#take({ open: randomBytes(kNonceBytes).toString("hex"), ...(mode === "polling" && { hold: 0 }) });
  }

  send(text) {
    this.#said.push(...text.split("\n"));
    this.#send();
  }

  close() {
    this.#code = 1000;
    this.#send();
  }

  terminate() {
    this.#end();
  }

  #end() {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.#taking.abort();
    this.emit("close", this.#code);
  }

  /** Takes frames until the connection has ended. */
  async #take(opening) {
    let head = opening;
    while (this.readyState < 2) {
      try {
        await (this.#mode === "stream" ? this.#stream(head) : this.#poll(head));
      } catch (error) {
        if (this.readyState < 2 && this.#code === kLost) console.error("tunnel:", error);
        return this.#end();
      }
      head = { session: this.#session, have: this.#have, ...(this.#mode === "polling" && { hold: kHoldMs }) };
    }
  }

  async #poll(request) {
    const { text } = await this.#ask("poll", request);
    const [head, ...frames] = text.split("\n");
    this.#lines(JSON.parse(head), frames);
  }

  #lines(head, frames) {
    this.#head(head);
    let number = head.first;
    for (const frame of frames) if (frame) this.#receive(number++, frame);
    if (!head.close) return;
    this.#code = head.close;
    this.#end();
  }

  async #stream(request) {
    const response = await this.#post("stream", JSON.stringify(request), this.#taking.signal);
    if (response.status !== kOk) throw new Error(`status ${response.status} of a stream`);
    let rest = "";
    let number = 0;
    for await (const chunk of response.text) {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop();
      for (const line of lines.filter((each) => each.startsWith("data: ")).map((each) => each.slice("data: ".length))) {
        if (number) {
          this.#receive(number++, line);
        } else {
          const head = JSON.parse(line);
          this.#lines(head, []);
          number = head.first;
        }
      }
    }
  }

  /** A whole response; throws where it is not granted. */
  async #ask(path, request, frames = []) {
    const { status, text } = await this.#post(path, [JSON.stringify(request), ...frames].join("\n"), this.#taking.signal);
    let whole = "";
    for await (const chunk of text) whole += chunk;
    if (status !== kOk) throw new Error(`status ${status} of a ${path}: ${whole}`);
    return { text: whole };
  }

  #head(head) {
    this.#session ??= head.session;
    this.#said.splice(0, head.received - this.#taken);
    this.#taken = Math.max(this.#taken, head.received);
    if (this.readyState !== 0) return;
    this.readyState = 1;
    this.emit("open");
    this.#send();
  }

  #receive(number, frame) {
    if (number <= this.#have || this.readyState === 3) return;
    if (number > this.#have + 1) throw new Error(`frame ${number} after ${this.#have}`);
    this.#have = number;
    this.emit("message", frame);
    if (!frame.startsWith(`[${kBye},`)) return;
    this.#code = closeCodes.get(JSON.parse(frame)[1]);
    this.#end();
  }

  /** One request at a time. What the server refuses to read ends the connection at the server, whose BYE is awaited. */
  async #send() {
    if (this.#isSending || this.readyState !== 1) return;
    this.#isSending = true;
    try {
      while (this.#said.length > 0 && this.readyState === 1) {
        const frames = this.#said.slice(0, kFramesMax);
        const { text } = await this.#ask("send", { session: this.#session, have: this.#have, from: this.#taken + 1 }, frames);
        this.#head(JSON.parse(text));
      }
      if (this.#code === 1000 && this.readyState === 1) {
        await this.#ask("send", { session: this.#session, have: this.#have, from: this.#taken + 1, close: 1000 });
        this.#end();
      }
    } catch (error) {
      if (this.readyState < 2) this.emit("error", error);
    } finally {
      this.#isSending = false;
    }
  }
}
