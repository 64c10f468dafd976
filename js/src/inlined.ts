// The WebAssembly core, out of the string that scripts/inline.mjs has made of it.
import { frequent, text } from "./generated/wasm.js";

const backslash = 92;

/** The module's bytes. */
export function wasmBytes(): Uint8Array<ArrayBuffer> {
  const byCharacter: number[] = [];
  const bits = BigInt(frequent);
  let ascii = 35;
  let other = 0xa1;
  for (let byte = 0; byte < 256; ++byte) {
    if (ascii === backslash) ++ascii;
    byCharacter[(bits >> BigInt(byte)) & 1n ? ascii++ : other++] = byte;
  }
  return Uint8Array.from(text, (character) => byCharacter[character.charCodeAt(0)]!);
}
