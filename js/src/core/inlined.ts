// A WebAssembly module out of the string that scripts/inline.mjs has made of it. The other side is client-wasm/packing.
import { hex } from "../generated/unpack_wasm.js";
import { size, text } from "../generated/wasm.js";

interface Unpacker {
  readonly memory: WebAssembly.Memory;
  u(text: number, out: number, size: number): void;
}

/** The `size` bytes of a module. */
export function unpack(text: string, size: number): Uint8Array<ArrayBuffer> {
  const unpacker = new WebAssembly.Module(Uint8Array.from(hex.match(/../g)!, (byte) => +`0x${byte}`));
  const { memory, u } = new WebAssembly.Instance(unpacker).exports as unknown as Unpacker;
  const at = memory.grow(((text.length + size) >> 16) + 1) << 16; // after the unpacker's own memory
  const bytes = new Uint8Array(memory.buffer, at);
  const { written } = new TextEncoder().encodeInto(text, bytes);
  u(at, at + written, size);
  return bytes.slice(written, written + size);
}

/** The core's bytes. */
export const wasmBytes = () => unpack(text, size);
