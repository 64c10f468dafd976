// A client over HTTP requests, by polls or by a stream, as docs/decisions/301 asks of one: it counts frames, and repeats what is
// not answered. It says one frame, and takes the next of a type, like FrameClient.
import { randomUUID } from "node:crypto";
import * as http from "node:http";
import * as https from "node:https";
import { frames } from "../../../../e2e/conformance/frames.mjs";
import { kPatienceMs } from "../../../patience.mjs";

export class RequestClient {
  #url;
  #by;
  #session;
  #have = 0;
  #acknowledged = 0;
  #said = [];
  #received = [];
  #news = () => undefined;
  #ended;
  #isOpen = true;
  #isAbandoned = false;
  #sending;
  /** How often a request had to be repeated, or a stream opened again. */
  repeats = 0;

  /** Begins a session; `by` is "poll" or "stream", `first` the frames of the first request. */
  static async begin(url, by, first) {
    const client = new RequestClient();
    client.#url = url;
    client.#by = by;
    client.#said = first.map((frame) => JSON.stringify(frame));
    const body = [JSON.stringify({ open: randomUUID() }), ...client.#said].join("\n");
    const { text } = await client.#until(() => client.#post("send", body));
    client.#session = JSON.parse(text).session;
    client.#confirm(JSON.parse(text));
    void client.#take();
    return client;
  }

  get session() {
    return this.#session;
  }
  /** The status with which the session ended, and why. */
  get ended() {
    return this.#ended;
  }

  say(frame) {
    this.#said.push(JSON.stringify(frame));
    this.#sending ??= this.#send().finally(() => {
      this.#sending = undefined;
    });
    return this.#sending;
  }

  /** The next frame of one of these types. */
  async take(...types) {
    for (;;) {
      const at = this.#received.findIndex(([type]) => types.includes(type));
      if (at >= 0) return this.#received.splice(at, 1)[0];
      if (this.#ended) throw new Error(`the session ended with ${this.#ended} after ${JSON.stringify(this.#received)}`);
      let timer;
      const patience = new Promise((_, reject) => {
        const missing = () => reject(new Error(`nothing of ${types} came; there is ${JSON.stringify(this.#received)}`));
        timer = setTimeout(missing, kPatienceMs);
      });
      const news = new Promise((resolve) => {
        this.#news = resolve;
      });
      await Promise.race([news, patience]).finally(() => clearTimeout(timer));
    }
  }

  /** Stops asking; the session stays until it is idle. */
  abandon() {
    this.#isOpen = false;
    this.#isAbandoned = true;
  }
  /** Ends the session. Where the answer was lost, its repetition finds no session any more: it has ended, too. */
  async close() {
    this.#isOpen = false;
    const end = async () => {
      const { status, text } = await this.#post("send", this.#head({ close: 1000 }));
      return { status: status === 410 ? 200 : status, text };
    };
    await this.#until(end);
  }

  #head(more = {}) {
    return JSON.stringify({ session: this.#session, have: this.#have, ...more });
  }

  #confirm({ received }) {
    this.#acknowledged = Math.max(this.#acknowledged, received);
  }

  async #send() {
    while (this.#isOpen && this.#acknowledged < this.#said.length) {
      const frames = this.#said.slice(this.#acknowledged, this.#acknowledged + 100);
      const body = () => [this.#head({ from: this.#acknowledged + 1 }), ...frames].join("\n");
      const { text } = await this.#until(() => this.#post("send", body()));
      this.#confirm(JSON.parse(text));
    }
  }

  /** Repeats a request until it is answered with 200, or nobody asks any more; any other status below 500 ends the session. */
  async #until(request) {
    const deadline = AbortSignal.timeout(kPatienceMs);
    for (;;) {
      // The network may cut it: it is repeated.
      const answer = await request().catch(() => undefined);
      if (answer?.status === 200) return answer;
      if (answer?.status < 500) {
        const reason = `${answer.status} ${answer.text}`;
        if (this.#isOpen) this.#ended = reason; // else it has ended because of close()
        this.#isOpen = false;
        this.#news();
        throw new Error(`the session ended with ${reason}`);
      }
      deadline.throwIfAborted();
      if (this.#isAbandoned) throw new Error("the client was abandoned");
      this.repeats += 1;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async #take() {
    try {
      while (this.#isOpen) {
        if (this.#by === "poll") await this.#poll();
        else await this.#stream();
      }
    } catch (error) {
      if (this.#isOpen) throw error;
    }
  }

  async #poll() {
    const { text } = await this.#until(() => this.#post("poll", this.#head({ hold: 1000 })));
    const [head, ...lines] = text.split("\n");
    const { first, close } = JSON.parse(head);
    this.#receive(first, lines.filter(Boolean));
    if (close) this.#isOpen = false;
  }

  async #stream() {
    let number;
    let unacknowledged = 0;
    let rest = "";
    await this.#post("stream", this.#head(), (piece) => {
      rest += piece;
      const blocks = rest.split("\n\n");
      rest = blocks.pop();
      for (const block of blocks) {
        const line = block.split("\n").find((each) => each.startsWith("data: "));
        if (line === undefined) continue;
        if (number === undefined) {
          number = JSON.parse(line.slice(6)).first;
          continue;
        }
        this.#receive(number++, [line.slice(6)]);
        unacknowledged += line.length;
        if (unacknowledged < 16_384) continue;
        unacknowledged = 0;
        this.#until(() => this.#post("send", this.#head())).catch(() => undefined);
      }
    }).catch(() => undefined);
    if (this.#isOpen) this.repeats += 1;
  }

  #receive(first, lines) {
    if (first > this.#have + 1) throw new Error(`frame ${first} came after ${this.#have}`);
    for (const line of lines.slice(this.#have + 1 - first)) {
      this.#have += 1;
      const frame = JSON.parse(line);
      if (frame[0] === frames.ping) this.say([frames.pong]).catch(() => undefined);
      if (frame[0] === frames.bye) this.#isOpen = false;
      this.#received.push(frame);
    }
    this.#news();
  }

  /** One request on a connection of its own. `onPiece` gets the body of a 200 as it comes. */
  #post(path, body, onPiece) {
    return new Promise((resolve, reject) => {
      const { request } = this.#url.startsWith("https") ? https : http;
      const asked = request(
        `${this.#url}/dialogue/${path}`,
        { method: "POST", agent: false, rejectUnauthorized: false, headers: { "Content-Type": "text/plain" } },
        (answer) => {
          let text = "";
          answer.setEncoding("utf8");
          answer.on("data", (piece) => {
            if (onPiece && answer.statusCode === 200) onPiece(piece);
            else text += piece;
          });
          answer.on("end", () => resolve({ status: answer.statusCode, text }));
          answer.on("error", reject);
          answer.on("close", () => answer.complete || reject(new Error("the response was cut")));
        },
      );
      asked.on("error", reject);
      asked.end(body);
    });
  }
}
