// the released program is built so that a fault of memory is hard to use. Read from the file itself, as checksec does.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { program } from "../../bench/lib/paths.mjs";

const readelf = (...options) =>
  execFileSync("readelf", ["--wide", ...options, program], { encoding: "utf8", maxBuffer: 1 << 28 });
const segments = readelf("--program-headers");
const dynamic = readelf("--dynamic");
const symbols = readelf("--dyn-syms");

test("R-110 it is position-independent, so that its addresses are of chance", () => {
  assert.match(readelf("--file-header"), /Type:\s+DYN/);
  assert.match(dynamic, /FLAGS_1\)\s+Flags:.*\bPIE\b/);
});

test("R-110 what the loader relocates is read-only afterwards: full RELRO", () => {
  assert.match(segments, /GNU_RELRO/);
  assert.match(dynamic, /FLAGS\)\s+.*\bBIND_NOW\b|BIND_NOW\)/);
});

test("R-110 neither the stack nor anything else is writable and executable", () => {
  assert.match(segments, /GNU_STACK\s+(?:0x\w+\s+){5}RW\s/);
  assert.doesNotMatch(segments, /LOAD\s+(?:0x\w+\s+){5}RWE/);
  assert.doesNotMatch(dynamic, /TEXTREL/);
});

test("R-110 frames have canaries, and the C library's copying functions know the size of what they write to", () => {
  assert.match(symbols, /__stack_chk_fail/);
  assert.match(symbols, /__(?:memcpy|memmove|memset|snprintf|vsnprintf|read|recv|poll|fdelt)_chk/);
});

test("R-110 libraries are found where the system has them, and nowhere else", () => {
  assert.doesNotMatch(dynamic, /\((?:RPATH|RUNPATH)\)/);
});
