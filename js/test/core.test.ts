// The bytes that cross to WebAssembly and back: the module itself, catalogues, payloads, error paths.
import { readFileSync } from "node:fs";
import { beforeEach, describe, expect, test } from "vitest";
import { Core, fromBase64 } from "../src/core.js";
import { wasmBytes } from "../src/inlined.js";
import { app } from "./support/app.js";

const bytesMax = 65_536;
let core: Core;

beforeEach(async () => {
  core = new Core(await WebAssembly.instantiate(await WebAssembly.compile(wasmBytes())));
});

describe("the module", () => {
  test("inlined is dialogue.wasm, byte for byte", () => {
    expect(Buffer.from(wasmBytes())).toEqual(readFileSync(new URL("../dist/dialogue.wasm", import.meta.url)));
  });

  test("imports nothing", async () => {
    expect(WebAssembly.Module.imports(await WebAssembly.compile(wasmBytes()))).toEqual([]);
  });
});

describe("the catalogue", () => {
  test("gives events their names and numbers", () => {
    core.setCatalogue(app.catalogue);
    expect(core.events).toEqual(["game.move", "message"]);
    expect(core.eventNumber("message")).toBe(2);
    expect(() => core.eventNumber("__proto__")).toThrow(/There is no event __proto__/);
    expect(core.eventNumber("gone", false)).toBe(3);
  });

  test("says what a room hears", () => {
    core.setCatalogue(app.catalogue);
    expect(core.roomEvents("chat", true)).toEqual(["message"]);
    expect(core.roomEvents("game-42", false)).toEqual(["game.move"]);
    expect(core.roomEvents("made-at-run-time", true)).toEqual(["game.move", "message"]);
  });

  test.each([
    ["cut", app.catalogue.slice(0, 40)],
    ["empty", ""],
    ["nonsense", "AAAAAAAA"],
  ])("%s is refused, and the old one stays", (_, bad) => {
    core.setCatalogue(app.catalogue);
    expect(() => core.setCatalogue(bad)).toThrow();
    expect(core.eventNumber("message")).toBe(2);
    expect(() => core.validate(2, "{}", bytesMax)).toThrow(/lacks/);
  });

  test("no flipped bit of it does more than be refused", () => {
    const bytes = fromBase64(app.catalogue);
    for (let bit = 0; bit < bytes.length * 8; bit += 7) {
      const flipped = Uint8Array.from(bytes);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      try {
        core.setCatalogue(Buffer.from(flipped).toString("base64"));
        core.validate(1, '{"text":"Hi"}', bytesMax);
      } catch (error) {
        expect(error).not.toBeInstanceOf(WebAssembly.RuntimeError);
      }
    }
  });
});

describe("payloads", () => {
  test("of growing size are checked, through growths of the memory", () => {
    core.setCatalogue(app.catalogue);
    const before = core.wasm.memory.buffer.byteLength;
    for (let size = 1; size <= 60_000; size *= 3) core.validate(1, JSON.stringify("\u{1F600}".repeat(size / 4)), bytesMax);
    expect(core.wasm.memory.buffer.byteLength).toBeGreaterThan(before);
    expect(() => core.validate(2, '{"text":""}', bytesMax)).toThrow("$.text is shorter than 1 characters");
    expect(core.numbers).toHaveLength(16);
  });

  test("R-28 nested too deep are refused", () => {
    core.setCatalogue(app.catalogue);
    expect(() => core.validate(1, "[".repeat(33) + "]".repeat(33), bytesMax)).toThrow(/nested more than 32 levels/);
    core.validate(1, "[".repeat(32) + "]".repeat(32), bytesMax);
  });

  test("are bounded in bytes, not characters", () => {
    core.setCatalogue(app.catalogue);
    core.validate(1, JSON.stringify("é".repeat(10)), 22);
    expect(() => core.validate(1, JSON.stringify("é".repeat(11)), 22)).toThrow("The payload is larger than 22 bytes.");
    expect(() => core.validate(1, " ".repeat(23), 22)).toThrow("larger than 22");
  });
});
