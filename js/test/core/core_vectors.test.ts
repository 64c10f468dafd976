// The golden vectors of the frame codec, seen from JavaScript: what the driver hands to the core and what it writes.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Call } from "../../src/core/calls.js";
import { Core } from "../../src/core/core.js";
import { wasmBytes } from "../../src/core/inlined.js";
import { FrameType } from "../../src/generated/tables.js";

interface Vector {
  name: string;
  text: string;
  type: string;
  integers: number[];
  string?: string;
  ext?: string;
  payload?: string;
}

const url = new URL("../../../shared/vectors/frames.json", import.meta.url);
const { frames } = JSON.parse(readFileSync(url, "utf8")) as { frames: Vector[] };
const firstOfServer = 32;
const typeOf = (vector: Vector) => JSON.parse(`[${/\d+/.exec(vector.text)![0]}]`)[0] as number;
const faulty = 11; // ActionKind.fault

/** The kinds of what a fresh, connected core decides about a frame. */
async function decisions(frame: unknown[]): Promise<number[]> {
  const core = new Core(await WebAssembly.instantiate(await WebAssembly.compile(wasmBytes())));
  const { wasm, numbers } = core;
  const kinds: number[] = [];
  const take = (values: unknown[]) => {
    let count = 0;
    for (; count <= 8 && typeof values[count] === "number"; ++count) numbers[count] = values[count] as number;
    wasm[Call.receive](count, values.length, -1, 0);
    for (let kind: number; (kind = wasm[Call.next]()); ) kinds.push(kind);
  };
  wasm[Call.start](0);
  wasm[Call.opened](0);
  if (frame[0] !== FrameType.WELCOME) take([33, 1, 0, 0, 25_000, 0, 0, {}]);
  kinds.length = 0;
  take(frame);
  return kinds;
}

describe("frames of a server", () => {
  const ours = frames.filter((vector) => typeOf(vector) > firstOfServer);
  test.each(ours.map((vector) => [vector.name, vector] as const))("%s", async (_, { text, integers, string, payload }) => {
    const frame = JSON.parse(text);
    expect(frame.slice(1, 1 + integers.length)).toEqual(integers);
    if (string !== undefined) expect(frame[1 + integers.length]).toBe(string);
    if (payload !== undefined) expect(frame.at(-1)).toEqual(JSON.parse(payload));
    // JOINED answers a request that nobody made here, and a WELCOME of another version is refused: both are faults, by
    // the rules.
    const isFault = frame[0] === FrameType.JOINED || (frame[0] === FrameType.WELCOME && frame[1] !== 1);
    expect((await decisions(frame)).includes(faulty)).toBe(isFault);
  });
});

describe("frames of a client", () => {
  const theirs = frames.filter((vector) => typeOf(vector) < firstOfServer && typeOf(vector) !== FrameType.PONG);
  test.each(theirs.map((vector) => [vector.name, vector] as const))("a server's frame is never: %s", async (_, { text }) => {
    const [type] = /^\[\d+/.exec(text)!;
    expect(await decisions([Number(type.slice(1)), 0, 0, 0, 0])).toContain(faulty);
  });
});
