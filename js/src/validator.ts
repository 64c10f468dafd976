// The validator, a file of its own that is loaded when something is to be published: what it checks a payload by is the module
// that the server runs too. client-wasm/abi/validator.cpp is the other side.
import type { Core } from "./core.js";
import type { makeError as MakeError } from "./errors.js";
import { ErrorCode } from "./generated/tables.js";
import { size, text } from "./generated/validator_wasm.js";
import { verdictSentences } from "./generated/verdicts.js";
import type { unpack as Unpack } from "./inlined.js";
import type { Recorder } from "./types.js";

/** What client-wasm/abi/validator.cpp exports. */
interface Exports {
  readonly memory: WebAssembly.Memory;
  open(): number;
  buffer(size: number): number;
  load(size: number): number;
  room_hears(size: number, event: number, all: number): number;
  validate(index: number, size: number): number;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const sentences = verdictSentences.split("\n");

let module: Promise<WebAssembly.Module> | undefined;

/** The module's bytes, by the `unpack` of the first file. */
export const validatorBytes = (unpack: typeof Unpack) => unpack(text, size);

/** The validator of one client, which follows the catalogue of `core`. */
export async function openValidator(
  core: Core,
  makeError: typeof MakeError,
  unpack: typeof Unpack,
  recorder?: Recorder,
): Promise<Validator> {
  module ??= WebAssembly.compile(validatorBytes(unpack)); // once for all clients
  module.catch(() => (module = undefined)); // the next one tries again
  const { exports } = await WebAssembly.instantiate(await module);
  return new Validator((recorder?.attach(exports) ?? exports) as unknown as Exports, core, makeError);
}

export class Validator {
  readonly #area: number;
  #catalogue = "";

  constructor(
    readonly wasm: Exports,
    readonly core: Core,
    readonly makeError: typeof MakeError,
  ) {
    this.#area = wasm.open();
  }

  /** Checks a payload against event `number`; `bytesMax` bounds its size, which is returned. Without `json` it is none. */
  validate(number: number, json: string | undefined, bytesMax: number): number {
    if (json === undefined) throw this.#verdict(ErrorCode.json_syntax, "", "$");
    this.#load();
    const size = json.length > bytesMax ? Infinity : encoder.encodeInto(json, this.#bytes(json.length * 3)).written;
    if (size > bytesMax) throw this.#verdict(ErrorCode.payload_too_large, `${bytesMax}`);
    const code = this.wasm.validate(number - 1, size);
    if (code) throw this.#verdict(code, this.#text(2), this.#text(0));
    return size;
  }

  /** The names of the events of a room: all that it allows, or those that a member gets who asks for none. */
  roomEvents(id: string, all: boolean): string[] {
    this.#load();
    const size = encoder.encodeInto(id, this.#bytes(id.length * 3)).written;
    return this.core.events.filter((_, index) => this.wasm.room_hears(size, index, +all));
  }

  /** Takes the client's catalogue, where that is another one than before. Throws when it is damaged. */
  #load(): void {
    const { catalogue } = this.core;
    if (catalogue === this.#catalogue) return;
    const size = catalogue.length;
    this.#bytes(size).set(Uint8Array.from(catalogue, (character) => character.charCodeAt(0)));
    if (!this.wasm.load(size)) throw this.makeError(ErrorCode.frame_malformed);
    this.#catalogue = catalogue;
  }

  #verdict(code: ErrorCode, argument: string, path?: string) {
    return this.makeError(code, argument, path, undefined, sentences[code]);
  }

  #bytes(size: number): Uint8Array {
    const at = this.wasm.buffer(size); // may grow the memory, so it comes before the memory is looked at
    return new Uint8Array(this.wasm.memory.buffer, at, size);
  }

  /** The text whose pointer and length stand at `index` of the area. */
  #text(index: number): string {
    const { buffer } = this.wasm.memory;
    const area = new Float64Array(buffer, this.#area, 4);
    return decoder.decode(new Uint8Array(buffer, area[index]!, area[index + 1]!));
  }
}
