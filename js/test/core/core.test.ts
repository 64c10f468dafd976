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

  /** A catalogue as far as a page reads it: the events' names. */
  const named = (names: string[], eventCount = names.length): string => {
    const rowsEnd = 28 + 16 * names.length;
    const bytes = new Uint8Array(rowsEnd + names.reduce((sum, name) => sum + 4 + name.length, 0));
    const view = new DataView(bytes.buffer);
    const word = (at: number, value: number) => view.setUint32(at, value, true);
    word(0, 826756164);
    word(4, bytes.length);
    word(16, eventCount);
    let at = rowsEnd;
    names.forEach((name, index) => {
      word(28 + 16 * index, at);
      word(at, name.length);
      bytes.set(Buffer.from(name, "latin1"), at + 4);
      at += 4 + name.length;
    });
    return Buffer.from(bytes).toString("latin1");
  };
  /** With a length that says so. */
  const cut = (whole: string) => whole.slice(0, 4) + String.fromCharCode(whole.length - 1) + whole.slice(5, -1);
  const numbered = (count: number) => Array.from({ length: count }, (_, index) => `e${10_000 + index}`);

  test.each([
    ["names in disorder", named(["b", "a"])],
    ["a name twice", named(["a", "a"])],
    ["an empty name", named(["", "a"])],
    ["a name that is too long", named(["a".repeat(129)])],
    ["a name beyond the end", cut(named(["a", "b"]))],
    ["more events than any server has", named(numbered(4097))],
    ["a number of events that its rows do not have", named(["a", "b"], 2 ** 32 - 1)],
  ])("R-97 F-Y2 with %s is refused, and the old one stays", (_, bad) => {
    core.setCatalogue(catalogue);
    expect(() => core.setCatalogue(bad)).toThrow(expect.objectContaining({ code: "frame_malformed" }));
    expect(core.events).toEqual(["game.move", "message"]);
  });

  test("bytes in front of the rows and behind them are no deliveries", () => {
    core.setCatalogue(named(["\x03"]));
    expect([1, 2, 4096].map((number) => core.isVolatile(number))).toEqual([false, false, false]);
    core.setCatalogue(named(["a", "b", "c"]));
    expect(core.isVolatile(0)).toBe(false);
  });

  test("F-Y2 has as many events as a server may have, with names as long as they may be", () => {
    const names = numbered(4096).map((name) => name.padEnd(128, "x"));
    core.setCatalogue(named(names));
    expect(core.eventNumber(names[4095]!)).toBe(4096);
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
