// The WebAssembly core, out of the string that scripts/inline.mjs has made of it.
import { frequent, text } from "./generated/wasm.js";

/** The module's bytes. */
export function wasmBytes(): Uint8Array<ArrayBuffer> {
  const order: number[][] = [[], []]; // bytes of one character, bytes of two
  for (let byte = 0; byte < 256; ++byte) order[(BigInt(frequent) >> BigInt(byte)) & 1n ? 0 : 1]!.push(byte);
  const bytes = order.flat();
  const module: number[] = [];
  let shift = 0;
  for (const character of text) {
    const code = character.charCodeAt(0);
    if (code > 124) {
      shift = (code - 124) * 89;
    } else {
      module.push(bytes[shift + code - (code > 92 ? 36 : 35)]!);
      shift = 0;
    }
  }
  return Uint8Array.from(module);
}
