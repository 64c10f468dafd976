// A WebAssembly module out of the string that scripts/inline.mjs has made of it.
import * as core from "./generated/wasm.js";

/** What scripts/inline.mjs writes. */
export interface Packed {
  readonly firstByte: number;
  readonly restOfRow: number;
  readonly frequent: string;
  readonly text: string;
}

/** The bytes of a module. */
export function unpack({ firstByte, restOfRow, frequent, text }: Packed): Uint8Array<ArrayBuffer> {
  const order: number[][] = [[], []]; // bytes of one character, bytes of two
  for (let index = 0; index < 256; ++index) order[(BigInt(frequent) >> BigInt(index)) & 1n ? 0 : 1]!.push(index + firstByte);
  const bytes = order.flat();
  const word = (characters: string) => {
    const row = " !".indexOf(characters.at(-2)!) + 1; // 0 for a single character
    return bytes[row * 91 + ((((characters.at(-1)!.charCodeAt(0) - 1) % 92) + restOfRow) % 91)]!; // "]" is 0
  };
  return Uint8Array.from(text.match(/[ !]?./g)!, word); // modulo 256
}

/** The core's bytes. */
export const wasmBytes = () => unpack(core);
