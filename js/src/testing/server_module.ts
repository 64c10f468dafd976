// The module server.wasm: its exports (server-wasm/abi/abi.cpp), and texts in and out of its memory.

/** What server-wasm/core/page_server.hpp has as OutputKind. */
export enum OutputKind {
  message = 1,
  ping,
  close,
  answer,
  log,
  gaveUp,
}

/** A decision that the server's driver carries out. */
export interface Output {
  readonly kind: OutputKind;
  /** The connection; of an answer the call. */
  readonly target: number;
  /** Of Close; of a log line its level. */
  readonly code: number;
  readonly text: string;
}

interface Exports {
  readonly memory: WebAssembly.Memory;
  _initialize(): void;
  input(bytes: number): number;
  area(): number;
  create(bytes: number, seed: number, monotonicMs: number, unixMs: number): number;
  set_commit_ms(ms: number): void;
  join_on_connect(bytes: number): void;
  set_time(monotonicMs: number, unixMs: number): void;
  open(): number;
  receive(from: number, bytes: number): void;
  violate(from: number, reason: number): void;
  pong(from: number): void;
  close(from: number, isInOrder: number): void;
  call(number: number, bytes: number): void;
  tick(): number;
  crash(): void;
  start(): void;
  next(): number;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** What the module's C library asks of its surroundings, of which nothing is needed but to know of a trap's cause. */
function imports(module: WebAssembly.Module): WebAssembly.Imports {
  const all: Record<string, Record<string, () => number>> = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    all[from] ??= {};
    all[from][name] = name.endsWith("memory_growth")
      ? () => 0
      : () => {
          throw new Error(`The server in WebAssembly called ${name}, which it does not need: this is a bug.`);
        };
  }
  return all;
}

/** One server. Its functions are those of the module, with texts. */
export class ServerModule {
  readonly #exports: Exports;

  constructor(module: WebAssembly.Module) {
    this.#exports = new WebAssembly.Instance(module, imports(module)).exports as unknown as Exports;
    this.#exports._initialize();
  }

  /** Starts a server with the definitions of an app.json. Returns the faults of the definitions, or undefined. */
  create(appJson: string, seed: number, monotonicMs: number, unixMs: number): string | undefined {
    return this.#exports.create(this.#write(appJson), seed, monotonicMs, unixMs) ? undefined : this.#read().text;
  }

  /** Delays the answers to later commits of the store by `ms` milliseconds. */
  setCommitMs(ms: number): void {
    this.#exports.set_commit_ms(ms);
  }

  /** Makes each new connection a member of this room before its own first join. */
  joinOnConnect(room: string): void {
    this.#exports.join_on_connect(this.#write(room));
  }

  setTime(monotonicMs: number, unixMs: number): void {
    this.#exports.set_time(monotonicMs, unixMs);
  }

  /** Opens a connection and returns its number; 0 if it was refused. */
  open(): number {
    return this.#exports.open();
  }

  receive(from: number, message: string): void {
    this.#exports.receive(from, this.#write(message));
  }

  violate(from: number, reason: number): void {
    this.#exports.violate(from, reason);
  }

  pong(from: number): void {
    this.#exports.pong(from);
  }

  close(from: number, isInOrder: boolean): void {
    this.#exports.close(from, Number(isInOrder));
  }

  call(number: number, text: string): void {
    this.#exports.call(number, this.#write(text));
  }

  /** Applies deadlines; when the next one is, by the monotonic clock. */
  tick(): number {
    return this.#exports.tick();
  }

  crash(): void {
    this.#exports.crash();
  }

  start(): void {
    this.#exports.start();
  }

  /** Takes the next output. */
  next(): Output | undefined {
    return this.#exports.next() ? this.#read() : undefined;
  }

  #write(text: string): number {
    const bytes = encoder.encode(text);
    new Uint8Array(this.#exports.memory.buffer).set(bytes, this.#exports.input(bytes.length));
    return bytes.length;
  }

  #read(): Output {
    const { buffer } = this.#exports.memory;
    const [kind, target, code, at, length] = new Uint32Array(buffer, this.#exports.area(), 5) as unknown as number[];
    return { kind: kind!, target: target!, code: code!, text: decoder.decode(new Uint8Array(buffer, at, length)) };
  }
}
