// A connection over HTTP requests (docs/decisions/301): frames are numbered in each direction, so that any request and
// any response may be lost, repeated or late. Takes by a stream or by polls of the same session, and changes between
// them at any time. One request that sends is in flight, and is repeated until it is answered.
import type { TransportFailure } from "../api/events.js";
import { FrameType } from "../generated/tables.js";

export type TunnelMode = "stream" | "polling";

/** What a tunnel reports. After `lost` it reports nothing more. */
export interface TunnelListener {
  received(frame: string): void;
  /** A frame is about to be sent for the first time. */
  sending(frame: string): void;
  /** Nothing can be taken in this mode. Another one may be of use: the tunnel waits for use() or close(). */
  failed(mode: TunnelMode, reason: TransportFailure, bye?: string): void;
  /** A stream ended without data, this many milliseconds after its request. */
  wasCut(ageMs: number): void;
  lost(closeCode: number): void;
}

const holdMs = 20_000;
const holdMsMin = 1000;
const proofMs = 4000; // a stream that works has shown it by then
const graceMs = 5000; // for a request that needs no wait, and beyond the waits that the server promised
const pauseMs = 250; // doubles
const pauseMsMax = 2000; // also between polls that need no wait
const attemptsMax = 2; // of one mode, without a frame
/** CREDIT, PONG, CALL and its frames, UNWATCH, STATE: they have no answer, or one that may take any time. */
const unanswered = /^\[(9|1[13-79]|20)\b/;

/** Why a request failed; `isFinal`: a retry would fail too. `bye` is the server's reply instead. */
class Refusal {
  constructor(
    readonly reason: TransportFailure,
    readonly isFinal = false,
    readonly bye?: string,
  ) {}
}

const unreachable = new Refusal("unreachable");
const silent = new Refusal("silent", true);
const ended = new Refusal("ended");
const malformed = new Refusal("malformed", true);
/** The session has ended, or the two ends do not agree on its numbers. */
const isGone = ({ reason }: Refusal) => /409|410/.test(reason);

export class Tunnel {
  readonly #url: URL;
  readonly #listener: TunnelListener;
  readonly #charsMax: number;
  /** The body that begins, byte for byte: repeated, it gives the same session. */
  readonly #opening: string;
  #session: string | undefined;
  #idleMs = 15_000;
  #ackChars = 65_536;
  #silenceMs = 25_000;
  #holdMs = holdMs;
  /** Frames received, and characters of them that are not acknowledged yet. */
  #have = 0;
  #unacknowledged = 0;
  /** Frames that the server has, and those that it may not have. */
  #taken = 0;
  readonly #said: string[];
  #isSending = false;
  #isOpen = true;
  /** An event came by a stream some time after its head: what comes is not held up. */
  #isProven = false;
  #mode: TunnelMode = "polling";
  /** The poll or stream that is under way. */
  #request: AbortController | undefined;
  #watchdog: ReturnType<typeof setTimeout> | undefined;
  #servedAt = Date.now();

  /** `url` is that of the WebSocket; `frames` are the first ones, HELLO before all. */
  constructor(url: string, frames: readonly string[], messageBytesMax: number, listener: TunnelListener) {
    this.#url = new URL(url.replace(/^ws/, "http"));
    this.#said = [...frames];
    frames.forEach(listener.sending);
    this.#charsMax = messageBytesMax / 3; // a character has at most 3 bytes
    this.#listener = listener;
    const open = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
    this.#opening = [JSON.stringify({ open }), ...frames].join("\n");
  }

  /** Takes in this mode from now on; polls wait for up to `hold` ms, and without a wait they come every few seconds. */
  use(mode: TunnelMode, hold = holdMs): void {
    this.#mode = mode;
    this.#holdMs = hold;
    this.#stopTaking();
    void this.#take(mode);
  }

  /** Asks for another stream. The server ends the one there is, which is read to its end. */
  renew(): void {
    void this.#take("stream");
  }

  /** Sends frames, one per line. */
  send(message: string): void {
    const frames = message.split("\n");
    frames.forEach(this.#listener.sending);
    this.#said.push(...frames);
    void this.#send();
  }

  /** Ends the connection: 1000 and 1001 cleanly, with all unsent frames; otherwise as if the network had failed. */
  close(closeCode: number): void {
    if (!this.#isOpen) return;
    this.#end();
    if (this.#session && closeCode < 4000)
      this.#fetch("send", this.#body({ close: closeCode, from: this.#taken + 1 }, this.#said), { keepalive: true }).catch(
        () => {},
      );
  }

  #end(): void {
    this.#isOpen = false;
    this.#stopTaking();
  }

  #lose(closeCode: number): void {
    if (!this.#isOpen) return;
    this.#end();
    this.#listener.lost(closeCode);
  }

  #stopTaking(): void {
    clearTimeout(this.#watchdog);
    this.#request?.abort();
    this.#request = undefined;
  }

  #body(head: object, frames: readonly string[] = []): string {
    return [JSON.stringify({ session: this.#session, have: this.#have, ...head }), ...frames].join("\n");
  }

  #fetch(path: string, body: string, more: RequestInit): Promise<Response> {
    const url = new URL(this.#url);
    url.pathname += `/${path}`;
    return fetch(url, { method: "POST", body, credentials: "same-origin", cache: "no-store", ...more });
  }

  /** A request that was granted; throws a Refusal, or what fetch throws. */
  async #ask(path: string, body: string, type: string, { signal }: AbortController): Promise<Response> {
    const response = await this.#fetch(path, body, { signal });
    const { status, headers } = response;
    if (status !== 200) {
      const retryAfterMs = Number(headers.get("Retry-After")) * 1000;
      const code = retryAfterMs && /^(429|503)$/.test(`${status}`) && ((await response.text()).includes("draining") ? 52 : 54);
      const bye = code ? `[${FrameType.BYE},${code},${retryAfterMs},{}]` : undefined;
      throw new Refusal(`status ${status}`, !!bye || /^4(?!08|29)/.test(`${status}`), bye);
    }
    if (!headers.get("Content-Type")?.startsWith(type)) throw malformed;
    return response;
  }

  /** Aborts the request unless this is called again within `ms`. */
  #watch(request: AbortController, ms: number): void {
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => request.abort(silent), ms);
  }

  async #take(mode: TunnelMode): Promise<void> {
    const isStream = mode === "stream";
    for (let failures = 0; ; ) {
      const request = (this.#request = new AbortController());
      const began = Date.now();
      const before = this.#have;
      const refusal: Refusal = await (isStream ? this.#stream(request) : this.#poll(request)).then(
        () => ended,
        (error) => (error instanceof Refusal && (isStream || error !== silent) ? error : unreachable),
      );
      if (request !== this.#request) return; // another mode, or the end
      clearTimeout(this.#watchdog);
      const ageMs = Date.now() - began;
      const isLong = ageMs > holdMsMin;
      if (isStream && !refusal.isFinal) this.#listener.wasCut(ageMs);
      const isAnswered = !isStream && refusal === ended;
      if (!refusal.isFinal && (this.#have > before || (isAnswered && isLong))) {
        failures = 0;
        continue;
      }
      failures += 1;
      if (isLong && !isStream) this.#holdMs = Math.max(this.#holdMs / 2, holdMsMin);
      if (isLong) this.#servedAt = Date.now(); // until then, as far as one knows
      if (this.#session && (isGone(refusal) || Date.now() - this.#servedAt > this.#idleMs)) return this.#lose(0);
      const isOfUse = isAnswered || (this.#session && refusal !== ended); // the network may be away for a moment
      const isLast = refusal.isFinal || (!isOfUse && failures >= attemptsMax);
      if (isLast) return this.#listener.failed(mode, refusal.reason, refusal.bye);
      await pause(failures);
      if (request !== this.#request) return;
    }
  }

  async #poll(request: AbortController): Promise<void> {
    this.#watch(request, this.#holdMs + graceMs);
    const body = this.#session ? this.#body({ hold: this.#holdMs }) : this.#opening;
    const response = await this.#ask("poll", body, "text/plain", request);
    const [head, ...frames] = (await response.text()).split("\n");
    let { first, close } = this.#head(head!);
    for (const frame of frames) if (frame) this.#receive(first++, frame);
    if (close) this.#lose(close);
  }

  async #stream(request: AbortController): Promise<void> {
    this.#watch(request, proofMs);
    const response = await this.#ask("stream", this.#session ? this.#body({}) : this.#opening, "text/event-stream", request);
    const reader = response.body!.getReader();
    const decoder = new TextDecoder();
    let number = 0;
    let headAt = 0;
    for (let rest = ""; ; ) {
      const { done, value } = await reader.read();
      if (done || request.signal.aborted) break;
      const lines = (rest + decoder.decode(value, { stream: true })).split("\n");
      rest = lines.pop()!;
      for (const line of lines) {
        if (!line.startsWith("data: ")) continue;
        const data = line.slice(6);
        if (number) {
          this.#isProven ||= Date.now() - headAt > 200;
          this.#receive(number++, data);
        } else {
          number = this.#head(data).first;
          headAt = Date.now();
        }
      }
      if (request === this.#request) this.#watch(request, this.#have ? this.#silenceMs + graceMs : proofMs);
    }
    if (request.signal.aborted) throw request.signal.reason;
  }

  /** Takes the head of an answer. */
  #head(text: string): { first: number; close?: number } {
    let head: any;
    try {
      head = JSON.parse(text);
    } catch {
      throw malformed;
    }
    this.#servedAt = Date.now();
    this.#session ??= head.session;
    this.#idleMs = head.idleMs ?? this.#idleMs;
    this.#ackChars = head.ackBytes ?? this.#ackChars;
    this.#said.splice(0, head.received - this.#taken);
    this.#taken = Math.max(this.#taken, head.received);
    void this.#send();
    return head;
  }

  #receive(number: number, frame: string): void {
    if (!this.#isOpen || number <= this.#have) return;
    if (number > this.#have + 1) return this.#lose(0); // a fault: the client connects again
    this.#have = number;
    this.#unacknowledged += frame.length;
    const type = Number.parseInt(frame.slice(1), 10);
    if (type === FrameType.WELCOME) this.#silenceMs = JSON.parse(frame)[4];
    this.#listener.received(frame);
    if (type === FrameType.PING && this.#mode === "stream") this.send(`[${FrameType.PONG}]`);
    else if (type === FrameType.BYE) {
      if (this.#isOpen) this.#fetch("send", this.#body({}), { keepalive: true }).catch(() => {});
      this.#lose(0);
    } else if (this.#unacknowledged > this.#ackChars) void this.#send();
  }

  /** One request at a time, until all frames are sent. */
  async #send(): Promise<void> {
    if (this.#isSending || !this.#session) return;
    this.#isSending = true;
    await undefined; // frames sent in one turn share a request
    let charsMax = this.#charsMax;
    for (let failures = 0; this.#isOpen && (this.#said.length || this.#unacknowledged > this.#ackChars); ) {
      let count = 0;
      let isAnswered = false;
      for (let chars = 0; count < this.#said.length && count < 100; ++count) {
        chars += this.#said[count]!.length + 1;
        if (count && chars > charsMax) break;
        isAnswered ||= !unanswered.test(this.#said[count]!);
      }
      const have = this.#have;
      const before = this.#unacknowledged;
      const limit = new AbortController();
      const timer = setTimeout(() => limit.abort(), 2 * graceMs);
      try {
        const body = this.#body({ from: this.#taken + 1 }, this.#said.slice(0, count));
        const response = await this.#ask("send", body, "text/plain", limit);
        this.#head(await response.text());
        this.#unacknowledged -= before;
        failures = 0;
        if (isAnswered && have === this.#have && this.#mode === "stream" && !this.#isProven) this.#expectEvent();
      } catch (error: any) {
        // Too large: one by one. What is too large by itself always will be: the end, as on a WebSocket.
        const isTooLarge = /413/.test(error.reason);
        if (isTooLarge && count > 1) charsMax = 0;
        else if (error.isFinal && !error.bye) this.#lose(isTooLarge ? 1009 : 0);
        await pause(++failures);
      }
      clearTimeout(timer);
    }
    this.#isSending = false;
  }

  /** A request was sent, and a stream that works brings its answer. */
  #expectEvent(): void {
    const request = this.#request;
    const have = this.#have;
    setTimeout(() => {
      if (have === this.#have) request?.abort(silent);
    }, proofMs);
  }
}

/** Never zero: half of it is random. */
const pause = (failures: number) =>
  new Promise((resolve) => {
    const ms = Math.min(pauseMs * 2 ** failures, pauseMsMax);
    setTimeout(resolve, ms / 2 + (Math.random() * ms) / 2);
  });
