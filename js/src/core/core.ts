// The WebAssembly core as functions of numbers, what the driver itself reads of the catalogue, which is the names of its
// events, and the requests that the core has not settled. client-wasm/abi/abi.cpp is the other side.
import type { DialogueError } from "../api/errors.js";
import type { Recorder } from "../api/options.js";
import { Catalogue, ErrorCode } from "../generated/tables.js";
import type { Publication } from "../publications/publication.js";
import { Call } from "./calls.js";
import { makeError } from "./make_error.js";

/** What client-wasm/abi/abi.cpp exports. */
export interface Exports {
  readonly memory: WebAssembly.Memory;
  [Call.create](seed: number): number;
  [Call.start](now: number): void;
  [Call.opened](now: number): void;
  [Call.lost](closeCode: number, now: number): void;
  [Call.tick](now: number): void;
  [Call.wake](now: number): void;
  [Call.close](): void;
  [Call.pause](): void;
  /** The module does not see `frame`, which is for a recorder. */
  [Call.receive](count: number, elements: number, room: number, now: number, frame?: readonly unknown[]): void;
  [Call.violated](code: ErrorCode, now: number): void;
  /** The module does not see `id`, which is for a recorder. */
  [Call.add_room](id: string): number;
  /** Returns false if the room counts publications: then the core keeps it, as a room that is not joined. */
  [Call.forget_room](room: number): number;
  [Call.join](room: number, from: number, epoch: number, sequence: number, now: number): number;
  [Call.leave](room: number): number;
  [Call.publish](room: number, event: number, priority: number, now: number, isVolatile: number): number;
  [Call.subscribe](room: number, type: number, event: number, now: number): number;
  [Call.ask](type: number, now: number): number;
  [Call.history](room: number, from: number, limit: number, isForward: number, now: number): number;
  [Call.set_unread](room: number, unread: number): void;
  [Call.restore_numbers](room: number, epoch: number, numbered: number): void;
  [Call.restore](room: number, event: number, sequence: number, sentMs: number): number;
  [Call.renumber](publication: number, event: number): void;
  /** Whether it was not sent. */
  [Call.abort](publication: number): number;
  /** Its number could not be stored, and its frame was not sent. */
  [Call.unwritten](publication: number, now: number): void;
  /** There is another user: no publication has a number any more. */
  [Call.change_user](): void;
  [Call.next](): number;
  [Call.deadline](): number;
  [Call.position](room: number): void;
  /** 1: the server's application has begun the membership, and one join may continue it from another position. */
  [Call.is_servers](room: number): number;
  /** The catalogue itself and its number of events are there for a recorder. */
  [Call.set_catalogue](fingerprint: number, catalogue?: string, events?: number): void;
  /** Only in modules that dialogue_add_app makes. */
  [Call.own_catalogue]?(): void;
}

/** The fields of WELCOME after its integers. */
export interface WelcomeFacts {
  userId: string;
  limits?: { messageBytes?: number };
  resume?: string;
  catalogue?: string;
}

/** A promise that the core settles. */
export interface PendingRequest {
  readonly resolve: (value: any) => void;
  readonly reject: (error: unknown) => void;
  readonly publication: Publication | undefined;
  /** The part of the frame after its integers, if the core does not know it; or the event of a subscription. */
  readonly question: object | string | undefined;
}

/**
 * One instance of the module, and one session of a client. A client that starts again after its end has another Core.
 * Requests that wait hold their core, and use no other.
 */
export class Core {
  declare readonly wasm: Exports;
  /** By ticket. */
  readonly requests = new Map<number, PendingRequest>();
  /** Why it is over: what asks it from then on gets this. */
  declare over: DialogueError | undefined;
  /** Resolved once there is a catalogue. */
  readonly catalogued: Promise<void>;
  #resolveCatalogued = () => {};
  /** The names of the catalogue's events; an event's number on the wire is its index plus 1. */
  events: string[] = [];
  /** The catalogue, a character for each byte. */
  catalogue = "";
  readonly #area: number;
  #numbers = new Float64Array();

  constructor({ exports }: WebAssembly.Instance, recorder?: Recorder) {
    this.catalogued = new Promise((resolve) => (this.#resolveCatalogued = resolve));
    this.wasm = (recorder?.attach(exports) ?? exports) as Exports;
    this.#area = this.wasm[Call.create](Math.random() * 2 ** 53);
  }

  /** The exchange area. Created again after the memory has grown, which empties views of the old one. */
  get numbers(): Float64Array {
    if (!this.#numbers.length) this.#numbers = new Float64Array(this.wasm.memory.buffer, this.#area, 16);
    return this.#numbers;
  }

  /**
   * Loads a catalogue, a character for each byte. Throws for any other text. The names of events must be short and ascend, so
   * that work is linear in the text; the validator checks the schemas.
   */
  setCatalogue(catalogue: string): void {
    const byte = (at: number) => catalogue.charCodeAt(at);
    const word = (at: number) => (byte(at) | (byte(at + 1) << 8) | (byte(at + 2) << 16) | (byte(at + 3) << 24)) >>> 0;
    const count = word(Catalogue.eventCountOffset);
    const { length } = catalogue;
    let isRead = word(0) === Catalogue.magic && word(4) === length && count <= Catalogue.eventsMax;
    const events: string[] = [];
    for (let at = Catalogue.headerBytes, before = ""; isRead && events.length < count; at += Catalogue.eventBytes) {
      const size = word(word(at));
      const name = catalogue.substr(word(at) + 4, size);
      isRead = size <= Catalogue.nameBytesMax && name.length === size && name > before;
      events.push((before = name));
    }
    if (!isRead) throw makeError(ErrorCode.frame_malformed);
    this.catalogue = catalogue;
    this.events = events;
    const fingerprint = word(Catalogue.fingerprintOffset) + word(Catalogue.fingerprintOffset + 4) * 2 ** 32;
    this.wasm[Call.set_catalogue](fingerprint, catalogue, count);
    this.#resolveCatalogued();
  }

  /** Whether the catalogue has this event, and it is volatile. */
  isVolatile(number: number): boolean {
    const at = Catalogue.headerBytes + (number - 1) * Catalogue.eventBytes;
    return !!this.events[number - 1] && this.catalogue.charCodeAt(at + 4) === Catalogue.volatileDelivery;
  }

  /** The number of an event of this name. Throws when there is none, or gives one that the server refuses. */
  eventNumber(name: string, mustExist = true): number {
    const number = this.events.indexOf(name) + 1;
    if (!number && mustExist) throw makeError(ErrorCode.event_unknown, name);
    return number || this.events.length + 1;
  }
}
