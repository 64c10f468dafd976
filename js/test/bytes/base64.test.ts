// Base64 against Node's own, by the platform's methods and without them.
import { afterEach, expect, test, vi } from "vitest";
import { fromBase64, toBase64 } from "../../src/bytes.js";

const samples = [0, 1, 2, 3, 4, 255, 256, 0x8000 - 1, 0x8000, 0x8000 + 1, 100_000].map((size) =>
  Uint8Array.from({ length: size }, (_, index) => (index * 7 + (index >> 8)) & 255),
);

afterEach(() => {
  vi.restoreAllMocks();
  delete (Uint8Array.prototype as any).toBase64;
  delete (Uint8Array as any).fromBase64;
});

test.each(samples.map((bytes) => [bytes.length, bytes] as const))("%i bytes become base64 and back", (_, bytes) => {
  const text = Buffer.from(bytes).toString("base64");
  expect(toBase64(bytes)).toBe(text);
  expect(Buffer.compare(fromBase64(text), bytes)).toBe(0);
});

test("a part of a buffer is that part only", () => {
  const whole = Uint8Array.from([1, 2, 3, 4, 5]);
  expect(toBase64(whole.subarray(1, 3))).toBe("AgM=");
});

test("the platform's own methods are used if it has them", () => {
  (Uint8Array.prototype as any).toBase64 = function (this: Uint8Array) {
    return `own ${this.length}`;
  };
  (Uint8Array as any).fromBase64 = (text: string) => Uint8Array.of(text.length);
  expect(toBase64(Uint8Array.of(1, 2))).toBe("own 2");
  expect(fromBase64("AgM=")).toEqual(Uint8Array.of(4));
});

test("text that is not base64 is refused", () => expect(() => fromBase64("%%")).toThrow());
