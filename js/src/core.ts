// The WebAssembly core as functions of numbers, and the few places where bytes cross: the catalogue in, payloads to be checked
// in, names and error paths out. client-wasm/abi/abi.cpp is the other side.
import { makeError } from "./errors.js";
import { ErrorCode } from "./generated/tables.js";
import type { Recorder } from "./types.js";

/** What client-wasm/abi/abi.cpp exports. */
export interface Exports {
  readonly memory: WebAssembly.Memory;
  create(seed: number): number;
  start(now: number): void;
  opened(now: number): void;
  lost(closeCode: number, now: number): void;
  tick(now: number): void;
  wake(now: number): void;
  close(): void;
  /** The module does not see the frame: it is there for a recorder. */
  receive(count: number, elements: number, room: number, now: number, frame?: readonly unknown[]): void;
  violated(code: ErrorCode, now: number): void;
  /** As with `receive`, the id is there for a recorder. */
  add_room(id: string): number;
  join(room: number, from: number, epoch: number, sequence: number, now: number): number;
  leave(room: number): number;
  publish(room: number, event: number, priority: number, now: number): number;
  subscribe(room: number, type: number, event: number, now: number): number;
  ask(type: number, now: number): number;
  history(room: number, from: number, limit: number, isForward: number, now: number): number;
  set_unread(room: number, unread: number): void;
  restore_numbers(room: number, epoch: number, numbered: number): void;
  restore(room: number, event: number, sequence: number): number;
  renumber(publication: number, event: number): void;
  abort(publication: number): void;
  next(): number;
  deadline(): number;
  position(room: number): void;
  buffer(size: number): number;
  set_catalogue(size: number): number;
  /** Only in modules that dialogue_add_app makes. */
  own_catalogue?(): number;
  room_hears(size: number, event: number, all: number): number;
  event_name(index: number): void;
  validate(index: number, size: number): number;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The bytes of a base64 text. */
export const fromBase64 = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

/** One instance of the module: one client. */
export class Core {
  declare readonly wasm: Exports;
  /** The names of the catalogue's events; an event's number on the wire is its index plus 1. */
  events: string[] = [];
  #eventNumbers = new Map<string, number>();
  readonly #area: number;
  #numbers = new Float64Array();

  constructor({ exports }: WebAssembly.Instance, recorder?: Recorder) {
    this.wasm = (recorder?.attach(exports) ?? exports) as Exports;
    this.#area = this.wasm.create(Math.random() * 2 ** 53);
    if (this.wasm.own_catalogue) this.#nameEvents(this.wasm.own_catalogue());
  }

  /** The exchange area. Made anew after the memory has grown, which empties views of the old one. */
  get numbers(): Float64Array {
    if (!this.#numbers.length) this.#numbers = new Float64Array(this.wasm.memory.buffer, this.#area, 16);
    return this.#numbers;
  }

  /** Takes a catalogue. Throws when it is not one. */
  setCatalogue(base64: string): void {
    const bytes = fromBase64(base64);
    this.#bytes(bytes.length).set(bytes);
    this.#nameEvents(this.wasm.set_catalogue(bytes.length));
  }

  /** Reads the names of the catalogue's events. Throws when `count` says that there is none. */
  #nameEvents(count: number): void {
    if (count < 0) throw makeError(ErrorCode.frame_malformed);
    this.events = Array.from({ length: count }, (_, index) => (this.wasm.event_name(index), this.#text(0)));
    this.#eventNumbers = new Map(this.events.map((name, index) => [name, index + 1]));
  }

  /** The number of an event of this name. Throws when there is none, or gives one that the server refuses. */
  eventNumber(name: string, mustExist = true): number {
    const number = this.#eventNumbers.get(name);
    if (!number && mustExist) throw makeError(ErrorCode.event_unknown, name);
    return number ?? this.events.length + 1;
  }

  /** The names of the events of a room: all that it allows, or those that a member gets who asks for none. */
  roomEvents(id: string, all: boolean): string[] {
    const size = encoder.encodeInto(id, this.#bytes(id.length * 3)).written;
    return this.events.filter((_, index) => this.wasm.room_hears(size, index, +all));
  }

  /** Checks a payload against event `number`; `bytesMax` bounds its size, which is returned. */
  validate(number: number, json: string, bytesMax: number): number {
    const size = json.length > bytesMax ? Infinity : encoder.encodeInto(json, this.#bytes(json.length * 3)).written;
    if (size > bytesMax) throw makeError(ErrorCode.payload_too_large, bytesMax);
    const code = this.wasm.validate(number - 1, size);
    if (code) throw makeError(code, this.#text(2), this.#text(0));
    return size;
  }

  #bytes(size: number): Uint8Array {
    const at = this.wasm.buffer(size); // may grow the memory, so it comes before the memory is looked at
    return new Uint8Array(this.wasm.memory.buffer, at, size);
  }

  /** The text whose pointer and length stand at `index` of the area. */
  #text(index: number): string {
    const { numbers } = this;
    return decoder.decode(new Uint8Array(this.wasm.memory.buffer, numbers[index]!, numbers[index + 1]!));
  }
}
