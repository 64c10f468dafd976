// The validator, a file of its own that is loaded before the first publication: the module that checks payloads is the
// server's own code. client-wasm/abi/validator.cpp is the other side.
import type { Recorder } from "../api/options.js";
import type { Core } from "../core/core.js";
import type { unpack as Unpack } from "../core/inlined.js";
import type { makeError as MakeError } from "../core/make_error.js";
import { ErrorCode } from "../generated/tables.js";
import { size, text } from "../generated/validator_wasm.js";
import { verdictTable } from "../generated/verdicts.js";
import { publishValid } from "./publishing.js";

/** What client-wasm/abi/validator.cpp exports. */
interface Exports {
  readonly memory: WebAssembly.Memory;
  open(): number;
  buffer(size: number): number;
  load(size: number): number;
  room_hears(size: number, event: number, all: number): number;
  validate(index: number, size: number): number;
  validate_past(index: number, size: number, passed: number): number;
}

export { verdictTable };

const encoder = new TextEncoder();
const argumentAt = 16; // bytes into the area, after the path

let module: Promise<WebAssembly.Module> | undefined;

/** The module's bytes; `unpack` is that of the first load. */
export const validatorBytes = (unpack: typeof Unpack) => unpack(text, size);

/** Validates the events that a client publishes. */
export interface Validator {
  /** The module, for tests. */
  readonly wasm: Exports;
  /**
   * Checks a payload against event `number`; `bytesMax` bounds its size, which is returned. Throws if it is invalid.
   */
  validate(number: number, json: string, bytesMax: number): number;
  /** Writes a text into the module's memory, after loading the client's catalogue if it has changed. Returns its bytes. */
  write(text: string): number;
  /** The core of the validator's client. */
  readonly core: Core;
  /** Publishes what is valid. */
  readonly publish: typeof publishValid;
}

/** The validator of one client, which follows the catalogue of `core`. */
export async function open(
  core: Core | Pick<Core, "catalogue">,
  makeError: typeof MakeError,
  unpack: typeof Unpack,
  recorder?: Recorder,
): Promise<Validator> {
  makeError.verdicts = verdictTable;
  module ??= WebAssembly.compile(validatorBytes(unpack)); // once for all clients
  module.catch(() => (module = undefined)); // the next one tries again
  const { exports } = await WebAssembly.instantiate(await module);
  const wasm = (recorder?.attach(exports) ?? exports) as unknown as Exports;
  const { memory } = wasm;
  const area = wasm.open();
  let loaded = "";

  const room = (size: number) => {
    const at = wasm.buffer(size); // may grow the memory, so it comes before any view of it
    return new Uint8Array(memory.buffer, at, size);
  };
  /**
   * Writes a text and returns its number of bytes. Loads the client's catalogue first, if it has changed; throws if the
   * catalogue is damaged.
   */
  const write = (text: string): number => {
    const { catalogue } = core;
    if (catalogue !== loaded) {
      room(catalogue.length).set(Uint8Array.from(catalogue, (character) => character.charCodeAt(0)));
      if (!wasm.load(catalogue.length)) throw makeError(ErrorCode.frame_malformed);
      loaded = catalogue;
    }
    return encoder.encodeInto(text, room(text.length * 3)).written;
  };
  /** The text whose pointer and length are at `index` of the area. */
  const read = (index: number): string => {
    const [at, size] = new Float64Array(memory.buffer, area + index, 2);
    return new TextDecoder().decode(new Uint8Array(memory.buffer, at, size));
  };

  return {
    core: core as Core,
    wasm,
    write,
    publish: publishValid,
    validate: (number, json, bytesMax) => {
      const size = json.length > bytesMax ? Infinity : write(json);
      if (size > bytesMax) throw makeError(ErrorCode.payload_too_large, `${bytesMax}`);
      const code = wasm.validate(number - 1, size);
      if (code) throw makeError(code, read(argumentAt), read(0));
      return size;
    },
  };
}
