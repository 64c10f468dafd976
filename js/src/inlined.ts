// The WebAssembly core, out of the string that scripts/inline.mjs has made of it.
import { firstByte, frequent, restOfRow, text } from "./generated/wasm.js";

/** The module's bytes. */
export function wasmBytes(): Uint8Array<ArrayBuffer> {
  const order: number[][] = [[], []]; // bytes of one character, bytes of two
  for (let index = 0; index < 256; ++index) order[(BigInt(frequent) >> BigInt(index)) & 1n ? 0 : 1]!.push(index + firstByte);
  const bytes = order.flat();
  const word = (characters: string) => {
    const row = " !".indexOf(characters.at(-2)!) + 1; // 0 for a single character
    return bytes[row * 91 + ((((characters.at(-1)!.charCodeAt(0) - 1) % 92) + restOfRow) % 91)]!; // "]" is 0
  };
  return Uint8Array.from(text.match(/[ !]?./g)!, word); // modulo 256
}
