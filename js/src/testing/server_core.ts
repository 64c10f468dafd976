// A server in this page: the module, its clock, and its sockets. Each input is followed by what the server decides; what goes
// to sockets arrives in a microtask, in order.
import { ErrorCode } from "../generated/tables.js";
import type { ServerClock } from "./clock.js";
import { RefusedError } from "./refused_error.js";
import { type Output, OutputKind, type ServerModule } from "./server_module.js";

/** A connection's end in the page. */
export interface ServerSocket {
  /** False: the page's end is out of reach, and answers no ping. */
  arrive(text: string): boolean;
  /** The server has closed it, or the connection is lost (1006). */
  closed(code: number, reason: string): void;
}

/** Log lines that are kept, the newest. */
const logLinesMax = 1000;
const lost = 1006;

export class ServerCore {
  readonly #module: ServerModule;
  readonly #clock: ServerClock;
  readonly #sockets = new Map<number, ServerSocket>();
  readonly #answers = new Map<number, (answer: any) => void>();
  readonly #log: string[] = [];
  #onTheWay = 0;
  #lastCall = 0;
  #fault: Error | undefined;
  isUp = true;

  constructor(module: ServerModule, clock: ServerClock) {
    this.#module = module;
    this.#clock = clock;
    this.#act(() => {});
  }

  get log(): readonly string[] {
    return this.#log;
  }

  /** Opens a connection; 0: the server is down. */
  open(socket: ServerSocket): number {
    if (!this.isUp) return 0;
    let number = 0;
    this.#act(() => {
      number = this.#module.open();
      if (number) this.#sockets.set(number, socket);
    });
    return number;
  }

  /** A message; anything but a text is a fault. */
  receive(from: number, message: unknown): void {
    if (!this.#sockets.has(from)) return;
    this.#act(() => {
      if (typeof message === "string") this.#module.receive(from, message);
      else this.#module.violate(from, ErrorCode.binary_unsupported);
    });
  }

  /** The page's end of a connection is gone. */
  close(from: number, isInOrder: boolean): void {
    if (this.#sockets.delete(from) && this.isUp) this.#act(() => this.#module.close(from, isInOrder));
  }

  /** The connection is lost at both ends. */
  lose(from: number): void {
    const socket = this.#sockets.get(from);
    this.close(from, false);
    if (socket) this.#deliver(() => socket.closed(lost, ""));
  }

  /** Calls the server as its application does. */
  call(call: object): Promise<any> {
    if (!this.isUp) return Promise.reject(new Error("The server is down: call restart()."));
    const number = ++this.#lastCall;
    return new Promise((resolve, reject) => {
      const text = JSON.stringify(call); // throws for the caller alone
      this.#answers.set(number, (answer) => {
        const { error } = answer;
        if (error) reject(new RefusedError(error.code, error.message, error.path));
        else resolve(answer);
      });
      this.#act(() => this.#module.call(number, text));
    });
  }

  tick(): void {
    if (this.isUp) this.#act(() => {});
  }

  crash(): void {
    if (!this.isUp) return;
    this.isUp = false;
    this.#clock.stop();
    this.#module.crash();
    for (const answer of this.#answers.values()) answer({ error: { code: "closed", message: "The server has crashed." } });
    this.#answers.clear();
    for (const [number, socket] of this.#sockets) {
      this.#sockets.delete(number);
      this.#deliver(() => socket.closed(lost, ""));
    }
  }

  start(): void {
    if (this.isUp) return;
    this.isUp = true;
    this.#act(() => this.#module.start());
  }

  /** Until nothing is on its way to a socket, nor what the sockets' owners do then. */
  async settled(): Promise<void> {
    do {
      for (let turn = 0; turn < 8; turn += 1) await undefined;
    } while (this.#onTheWay);
  }

  /** Applies an input, and carries out what the server decides. */
  #act(input: () => void): void {
    if (this.#fault) throw this.#fault;
    try {
      this.#module.setTime(this.#clock.monotonicMs(), this.#clock.unixMs());
      input();
      const due = this.#module.tick();
      for (let output = this.#module.next(); output; output = this.#module.next()) this.#perform(output);
      this.#clock.wake(due, () => this.tick());
    } catch (error) {
      this.#fault = new Error("The server in this page has failed and accepts no more calls.", { cause: error });
      throw this.#fault;
    }
  }

  #perform({ kind, target, code, text }: Output): void {
    if (kind === OutputKind.answer) {
      this.#answers.get(target)?.(JSON.parse(text));
      this.#answers.delete(target);
    } else if (kind === OutputKind.log) {
      this.#log.push(text);
      if (this.#log.length > logLinesMax) this.#log.shift();
    } else if (kind === OutputKind.gaveUp) {
      throw new Error(text);
    } else {
      this.#send(kind, target, code, text);
    }
  }

  #send(kind: OutputKind, target: number, code: number, text: string): void {
    const socket = this.#sockets.get(target);
    if (!socket) return;
    if (kind === OutputKind.close) {
      this.#sockets.delete(target);
      this.#deliver(() => socket.closed(code, text));
      return;
    }
    this.#deliver(() => {
      const isReached = socket.arrive(text);
      if (kind === OutputKind.ping && isReached && this.#sockets.has(target)) this.#act(() => this.#module.pong(target));
    });
  }

  #deliver(delivery: () => void): void {
    this.#onTheWay += 1;
    queueMicrotask(() => {
      this.#onTheWay -= 1;
      delivery();
    });
  }
}
