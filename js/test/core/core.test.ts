// The bytes that cross to WebAssembly and back: the modules themselves, catalogues, payloads, error paths.
import { readFileSync } from "node:fs";
import { beforeEach, describe, expect, test } from "vitest";
import { Core } from "../../src/core/core.js";
import { unpack, wasmBytes } from "../../src/core/inlined.js";
import { makeError } from "../../src/core/make_error.js";
import { roomEvents } from "../../src/rooms/subscriptions.js";
import { open as openValidator, type Validator, validatorBytes } from "../../src/validator/validator.js";
import { app } from "../support/app.js";

const bytesMax = 65_536;
const catalogue = atob(app.catalogue);
let core: Core;
let validator: Validator;

beforeEach(async () => {
  core = new Core(await WebAssembly.instantiate(await WebAssembly.compile(wasmBytes())));
  validator = await openValidator(core, makeError, unpack);
});

describe("the modules", () => {
  test("inlined are dialogue.wasm and validator.wasm, byte for byte", () => {
    const built = (name: string) => readFileSync(new URL(`../../../build/wasm/${name}.wasm`, import.meta.url));
    expect(Buffer.from(wasmBytes())).toEqual(readFileSync(new URL("../../dist/dialogue.wasm", import.meta.url)));
    expect(Buffer.from(validatorBytes(unpack))).toEqual(built("validator"));
  });

  test("import nothing", async () => {
    for (const bytes of [wasmBytes(), validatorBytes(unpack)])
      expect(WebAssembly.Module.imports(await WebAssembly.compile(bytes))).toEqual([]);
  });
});

describe("the catalogue", () => {
  test("gives events their names and numbers", () => {
    core.setCatalogue(catalogue);
    expect(core.events).toEqual(["game.move", "message"]);
    expect(core.eventNumber("message")).toBe(2);
    expect(() => core.eventNumber("__proto__")).toThrow(/There is no event __proto__/);
    expect(core.eventNumber("gone", false)).toBe(3);
  });

  test("lists the volatile events", () => {
    core.setCatalogue(catalogue);
    expect(core.isVolatile(1)).toBe(false);
    const at = 28 + 4; // behind the header, the delivery of the first event
    core.setCatalogue(`${catalogue.slice(0, at)}\x03${catalogue.slice(at + 1)}`);
    expect([core.isVolatile(1), core.isVolatile(2)]).toEqual([true, false]);
  });

  test("lists the events that a room receives", () => {
    core.setCatalogue(catalogue);
    expect(roomEvents(core, validator, "chat", true)).toEqual(["message"]);
    expect(roomEvents(core, validator, "game-42", false)).toEqual(["game.move"]);
    expect(roomEvents(core, validator, "made-at-run-time", true)).toEqual(["game.move", "message"]);
  });

  test.each([
    ["cut", catalogue.slice(0, 40)],
    ["empty", ""],
    ["nonsense", "\0".repeat(64)],
  ])("%s is refused, and the old one stays", (_, bad) => {
    core.setCatalogue(catalogue);
    expect(() => core.setCatalogue(bad)).toThrow();
    expect(core.eventNumber("message")).toBe(2);
    expect(() => validator.validate(2, "{}", bytesMax)).toThrow(/lacks/);
  });

  test("no flipped bit of it does more than be refused", () => {
    const bytes = Uint8Array.from(catalogue, (character) => character.charCodeAt(0));
    for (let bit = 0; bit < bytes.length * 8; bit += 7) {
      const flipped = Uint8Array.from(bytes);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      try {
        core.setCatalogue(Buffer.from(flipped).toString("latin1"));
        validator.validate(1, '{"text":"Hi"}', bytesMax);
      } catch (error) {
        expect(error).not.toBeInstanceOf(WebAssembly.RuntimeError);
      }
    }
  });
});

describe("payloads", () => {
  test("of growing size are checked, through growths of the memory", () => {
    core.setCatalogue(catalogue);
    const before = validator.wasm.memory.buffer.byteLength;
    for (let size = 1; size <= 60_000; size *= 3) validator.validate(1, JSON.stringify("\u{1F600}".repeat(size / 4)), bytesMax);
    expect(validator.wasm.memory.buffer.byteLength).toBeGreaterThan(before);
    expect(() => validator.validate(2, '{"text":""}', bytesMax)).toThrow("$.text is shorter than 1 character(s)");
  });

  test("R-28 nested too deep are refused", () => {
    core.setCatalogue(catalogue);
    expect(() => validator.validate(1, "[".repeat(33) + "]".repeat(33), bytesMax)).toThrow(/nested more than 32 levels/);
    validator.validate(1, "[".repeat(32) + "]".repeat(32), bytesMax);
  });

  test("are bounded in bytes, not characters", () => {
    core.setCatalogue(catalogue);
    validator.validate(1, JSON.stringify("é".repeat(10)), 22);
    expect(() => validator.validate(1, JSON.stringify("é".repeat(11)), 22)).toThrow("The payload is larger than 22 bytes.");
    expect(() => validator.validate(1, " ".repeat(23), 22)).toThrow("larger than 22");
  });
});
