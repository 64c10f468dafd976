// One attempt to connect, by one transport or by several beside each other: the first that delivers a frame is the
// connection, and the others are closed. In the form of a WebSocket, for the socket.
import type { TransportAttempt, TransportFailure, TransportName, TransportReason } from "../api/events.js";
import type { WebSocketLike } from "../api/options.js";
import { ErrorCode, FrameType, subprotocol, subprotocolWithMessage } from "../generated/tables.js";
import type { Pending, Pipe } from "../transport/pipe.js";
import type { Choice } from "./choice.js";
import type { FallbackHost } from "./fallback_host.js";
import { Prober } from "./prober.js";
import { takeSlot } from "./slots.js";
import { Tunnel, type TunnelMode } from "./tunnel.js";

/** What a race is about. */
export interface RaceStart {
  readonly url: string;
  /** What a WebSocket offers that begins first: the first message is among it. */
  readonly protocols: string[];
  readonly messages: readonly string[];
  readonly pending?: Pending | undefined;
}

/** Network information of some browsers. */
const network = () => (globalThis.navigator as { connection?: EventTarget & { type?: string } } | undefined)?.connection;

export class Race implements Pipe {
  onopen: Pipe["onopen"] = null;
  onmessage: Pipe["onmessage"] = null;
  onclose: Pipe["onclose"] = null;
  onerror: Pipe["onerror"] = null;
  readonly protocol = subprotocolWithMessage; // the race sends the first message itself
  transport?: TransportName;
  reason?: TransportReason;
  readonly attempts: TransportAttempt[] = [];
  readonly #host: FallbackHost;
  readonly #choice: Choice;
  readonly #start: RaceStart;
  readonly #order: readonly TransportName[];
  readonly #began: number;
  readonly #isRemembered: boolean;
  /** Those that have begun and not failed. */
  readonly #live = new Set<TransportName>();
  /** Frames from the beginning until the race is over. */
  readonly #frames: string[];
  /** What carries frames, once the race is over. */
  #winner: { send(message: string): void } | undefined;
  #webSocket: WebSocketLike | undefined;
  #tunnel: Tunnel | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #prober: Prober | undefined;
  #bye: string | undefined;
  #network = network()?.type;
  readonly #ended = new AbortController();

  constructor(host: FallbackHost, choice: Choice, start: RaceStart) {
    this.#host = host;
    this.#choice = choice;
    this.#start = start;
    const now = Date.now();
    const { messages, pending } = start;
    this.#frames = messages.join("\n").split("\n");
    this.#began = pending?.began ?? now;
    this.#isRemembered = choice.isRemembered(now);
    this.#order = choice.order(now);
    this.#listen("addEventListener");
    if (pending) {
      this.#live.add("websocket");
      this.#follow(pending.webSocket, pending.isOpen ? this.#frames.length : 0);
      this.#order = this.#order.filter((name) => name !== "websocket");
    }
    this.#begin();
  }

  send(message: string): void {
    if (this.#winner) this.#winner.send(message);
    else this.#frames.push(...message.split("\n"));
  }

  close(closeCode = 1000): void {
    this.#end();
    this.#dropWebSocket(closeCode);
    this.#tunnel?.close(closeCode);
  }

  /** The stream in use is replaced by another one of the same session. */
  renew(): void {
    this.#tunnel?.renew();
  }

  #dropWebSocket(closeCode: number): void {
    const webSocket = this.#webSocket;
    if (!webSocket) return;
    webSocket.onopen = webSocket.onmessage = webSocket.onclose = null;
    webSocket.close(closeCode);
  }

  /** Ends the race: its events are ignored. */
  #end(): void {
    clearTimeout(this.#timer);
    this.#ended.abort();
    this.#prober?.stop();
    this.#prober = undefined;
    this.#listen("removeEventListener");
  }

  #listen(how: "addEventListener" | "removeEventListener"): void {
    for (const event of ["online", "pagehide"]) globalThis[how]?.(event, this.#onEvent);
    network()?.[how]("change", this.#onEvent);
  }

  /** A page that is not kept ends its session; a WebSocket the browser closes itself. */
  readonly #onEvent = ({ type, persisted }: { type: string; persisted?: boolean }) => {
    if (type === "pagehide") {
      if (!persisted) this.#tunnel?.close(1001);
    } else if (type === "online" || network()!.type !== this.#network) {
      // Another network: results from the last one do not apply. Other changes are estimates of its speed.
      this.#network = network()?.type;
      this.#choice.forget();
      this.#prober?.probe();
    }
  };

  /** The next transport begins; without one, those that have begun are waited for. */
  #begin(): void {
    clearTimeout(this.#timer);
    const [name, next] = this.#order.slice(this.#next++);
    if (!name) {
      if (!this.#live.size) this.#lose(0);
      return;
    }
    const isFirst = !this.#live.size;
    this.#live.add(name);
    if (next) this.#timer = setTimeout(() => this.#begin(), this.#choice.patienceMs(name));
    if (name === "websocket") this.#openWebSocket(isFirst);
    else this.#useTunnel(name, isFirst);
  }
  #next = 0;

  #openWebSocket(isFirst: boolean): void {
    const { url, protocols } = this.#start;
    try {
      this.#follow(this.#host.socket.openWebSocket(url, isFirst ? protocols : [subprotocol]), 0, isFirst);
    } catch {
      this.#failed("websocket", "unreachable");
    }
  }

  /** Takes part with a WebSocket that has had `sent` frames; 0: it is not open yet. */
  #follow(webSocket: WebSocketLike, sent: number, isFirst = true): void {
    const began = this.#start.pending?.began ?? Date.now();
    const [message] = isFirst ? this.#start.messages : this.#frames;
    this.#webSocket = webSocket;
    webSocket.onopen = () => {
      sent = message!.split("\n").length;
      if (webSocket.protocol !== subprotocolWithMessage) webSocket.send(message!);
    };
    webSocket.onmessage = (event) => {
      if (!this.#winner) {
        this.#choice.webSocketAnswered(Date.now() - began);
        this.#tunnel?.close(1000);
        this.#win("websocket", webSocket, sent);
      }
      this.onmessage?.(event);
    };
    webSocket.onclose = ({ code }) => (this.#winner ? this.onclose?.({ code }) : this.#failed("websocket", "unreachable"));
    webSocket.onerror = () => {};
  }

  #useTunnel(mode: TunnelMode, isFirst: boolean): void {
    if (!this.#tunnel) {
      const frames = isFirst ? this.#frames.slice() : this.#frames.slice(0, 1);
      const tunnel = new Tunnel(this.#start.url, frames, this.#host.frameBytesMax, {
        received: (data) => {
          this.#host.trace?.("←", data);
          if (!this.#winner) this.#winByTunnel(tunnel, frames.length);
          // The WebSocket that was sent HELLO replaces this connection: the client does not end, even if that WebSocket fails.
          if (this.#prober?.saidHello && data.startsWith(`[${FrameType.BYE},${ErrorCode.replaced},`)) return;
          this.onmessage?.({ data });
        },
        failed: (failed, reason, bye) => {
          this.#bye ??= bye;
          this.#failed(failed, reason);
        },
        sending: (frame) => this.#host.trace?.("→", frame),
        wasCut: (ageMs) => this.#host.wasCut(ageMs),
        lost: (code) => {
          if (this.#prober?.awaitsWelcome) this.#prober.hurry(() => this.#lose(code));
          else this.#lose(code);
        },
      });
      this.#tunnel = tunnel;
    } else if (this.#live.delete(this.#mode)) this.#note(this.#mode, "silent");
    this.#mode = mode;
    this.#tunnel.use(mode);
  }
  #mode: TunnelMode = "stream";

  #winByTunnel(tunnel: Tunnel, sent: number): void {
    this.#dropWebSocket(1000);
    if (this.#live.has("websocket")) this.#note("websocket", "silent");
    const failed = this.attempts.find(({ transport }) => transport === "websocket");
    // If a failure is remembered, others start immediately: a short silence then proves nothing.
    if (failed && (failed.reason !== "silent" || failed.afterMs >= this.#choice.patienceMs("websocket")))
      this.#choice.webSocketFailed(Date.now());
    this.#win(this.#mode, tunnel, sent);
    if (this.#order.includes("polling")) void this.#share(this.#mode);
    if (!this.#choice.isWorthProbing(this.#mode)) return;
    this.#prober = new Prober(this.#host, this.#choice, this.#start.url, this.#frames[0]!, (webSocket, welcome) => {
      return this.#host.moveNow(Object.assign(webSocket, { reason: "moved", welcome } as const));
    });
  }

  /** Where many tabs keep requests open, this one polls for a moment now and then. */
  async #share(mode: TunnelMode): Promise<void> {
    let isCrowded = false;
    await takeSlot(new URL(this.#start.url).host, this.#ended.signal, () => {
      isCrowded = true;
      if (this.#ended.signal.aborted) return;
      if (mode === "stream") this.#note(mode, "crowded");
      this.#change("polling", 0);
    });
    if (isCrowded && !this.#ended.signal.aborted) this.#change(mode);
  }

  #win(name: TransportName, winner: { send(message: string): void }, sent: number): void {
    clearTimeout(this.#timer);
    this.#winner = winner;
    this.transport = name;
    this.reason ??=
      this.#isRemembered && name !== "websocket" ? "remembered" : name === this.#host.transports[0] ? "preferred" : "fallback";
    this.onopen?.({});
    for (const frame of this.#frames.splice(sent)) winner.send(frame);
  }

  #note(transport: TransportName, reason: TransportFailure): void {
    this.attempts.push({ transport, reason, afterMs: Date.now() - this.#began });
  }

  #failed(name: TransportName, reason: TransportFailure): void {
    this.#note(name, reason);
    this.#live.delete(name);
    if (!this.#winner) {
      if (!this.#live.size) this.#begin();
    } else if (name === "stream" && this.#order.includes("polling")) this.#change("polling");
    else this.#lose(0);
  }

  /** The session continues in another mode. */
  #change(mode: TunnelMode, holdMs?: number): void {
    this.transport = this.#mode = mode;
    this.reason = "fallback";
    this.#tunnel!.use(mode, holdMs);
    this.#host.transportInUse.set(this);
  }

  #lose(code: number): void {
    if (!this.#winner) this.#choice.forget();
    this.#end();
    if (this.#bye) this.onmessage?.({ data: this.#bye });
    this.onclose?.({ code, attempts: this.#winner ? undefined : this.attempts });
  }
}
