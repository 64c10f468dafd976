// Numbers, sizes and times in words.
import { expect, test } from "vitest";
import { ago, bytes, compact, count, duration, plural, words } from "../kit/format.js";

test("numbers keep a readable length", () => {
  expect(count(1234.4)).toBe("1,234");
  expect(compact(0.44)).toBe("0.4");
  expect(compact(8_193)).toBe("8,193");
  expect(compact(81_930)).toBe("81.9 k");
  expect(compact(3_400_000)).toBe("3.4 M");
  expect(bytes(1_536)).toBe("1.5 KiB");
  expect(bytes(12)).toBe("12 B");
});

test("times are relative, and never negative", () => {
  expect(duration(850)).toBe("850 ms");
  expect(duration(12_400)).toBe("12 s");
  expect(duration(3 * 3_600_000 + 20 * 60_000)).toBe("3 h 20 min");
  expect(ago(2_000, 1_000)).toBe("now");
  expect(ago(1_000, 61_000)).toBe("1 min ago");
  expect(ago(undefined)).toBe("–");
});

test("names of the server become words", () => {
  expect(words("settings_reloaded")).toBe("Settings reloaded");
  expect(words("createRoom")).toBe("Create room");
  expect(plural(1, "event")).toBe("1 event");
  expect(plural(2, "event")).toBe("2 events");
});
