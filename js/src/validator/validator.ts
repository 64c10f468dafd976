// The validator, a file of its own that is loaded before the first publication: the module that checks payloads is the
// server's own code. client-wasm/abi/validator.cpp is the other side.
import type { Recorder } from "../api/options.js";
import type { Core } from "../core/core.js";
import type { unpack as Unpack } from "../core/inlined.js";
import type { makeError as MakeError } from "../core/make_error.js";
import { ErrorCode } from "../generated/tables.js";
import { size, text } from "../generated/validator_wasm.js";
import { verdictSentences } from "../generated/verdicts.js";

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
const argumentAt = 16; // bytes into the area, behind the path

let module: Promise<WebAssembly.Module> | undefined;

/** The module's bytes; `unpack` is that of the first load. */
export const validatorBytes = (unpack: typeof Unpack) => unpack(text, size);

/** Checks what a client publishes. */
export interface Validator {
  /** The module, for tests. */
  readonly wasm: Exports;
  /**
   * Checks a payload against event `number`; `bytesMax` bounds its size, which is returned. Throws where it is invalid,
   * or where there is no `json`.
   */
  validate(number: number, json: string | undefined, bytesMax: number): number;
  /** The names of the events of a room: all that it allows, or those that a member receives by default. */
  roomEvents(id: string, all: boolean): string[];
}

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
  const wasm = (recorder?.attach(exports) ?? exports) as unknown as Exports;
  const { memory } = wasm;
  const area = wasm.open();
  let loaded = "";

  const room = (size: number) => {
    const at = wasm.buffer(size); // may grow the memory, so it comes before any view of it
    return new Uint8Array(memory.buffer, at, size);
  };
  /**
   * Writes a text, and gives its bytes. Loads the client's catalogue first, where it has changed; throws if that is
   * damaged.
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
  /** The text whose pointer and length stand at `index` of the area. */
  const read = (index: number): string => {
    const [at, size] = new Float64Array(memory.buffer, area + index, 2);
    return new TextDecoder().decode(new Uint8Array(memory.buffer, at, size));
  };
  const verdict = (code: ErrorCode, argument: string, path?: string) =>
    makeError(code, argument, path, undefined, verdictSentences.split("\n")[code]);

  return {
    wasm,
    validate: (number, json, bytesMax) => {
      if (json === undefined) throw verdict(ErrorCode.json_syntax, "", "$");
      const size = json.length > bytesMax ? Infinity : write(json);
      if (size > bytesMax) throw verdict(ErrorCode.payload_too_large, `${bytesMax}`);
      const code = wasm.validate(number - 1, size);
      if (code) throw verdict(code, read(argumentAt), read(0));
      return size;
    },
    roomEvents: (id, all) => {
      const size = write(id);
      return core.events.filter((_, index) => wasm.room_hears(size, index, +all));
    },
  };
}
