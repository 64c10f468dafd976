// The flight recorder, an entry of its own: every call of the core with its numbers and its result, a line each, the
// newest within a bound. The core has no other inputs, so `dialogue replay` runs it again on them.
// client-wasm/replay/recording.hpp specifies the format.
import type { Recorder, RecorderOptions } from "./api/options.js";
import { Call, callNames } from "./core/calls.js";

export type { Recorder, RecorderOptions } from "./api/options.js";

const clientVersion = "0.1.0";
const formatVersion = 1;
const bytesDefault = 4 * 1024 * 1024;

/** Calls that decide nothing, or that follow from another one. */
const unrecorded = new Set(["create", "open", "buffer", "load", "own_catalogue"]);
const nameOf = (call: string) => (callNames as Readonly<Record<string, string>>)[call] ?? call;
/** Calls with data in buffer(): the argument that holds the number of bytes. */
const sizeArgument: Record<string, number> = { room_hears: 0, validate: 1 };
const publishArguments = 4; // the fifth is recorded from the area after the call
/** Positions of rooms and reasons in frames. All other texts are masked. */
const openKeys = new Set(["roomId", "userId", "id", "left", "reason", "code", "message", "path"]);
/** Positions of authors and payloads in an EVENT, and in each event of a page of history. */
const eventFrame = { type: 36, from: 5, data: 7 };
const historyFrom = 3;

const decoder = new TextDecoder();
/** A number as JSON can hold it. A call of WebAssembly converts other values to numbers. */
const plain = (value: unknown) => (Number.isFinite(Number(value)) ? Number(value) : String(Number(value)));
/** ASCII only, so that a character is a byte. */
const escaped = (json: string) => json.replace(/[^\0-~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);

/** A masked copy: each character of a text becomes x, each digit 1; keys stay. */
function masked(value: unknown): unknown {
  if (typeof value === "string") return "x".repeat(value.length);
  if (typeof value === "number") return Number(String(value).replace(/\d/g, "1"));
  if (Array.isArray(value)) return value.map(masked);
  if (!value || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, masked(inner)]));
}

/**
 * What follows the integers of a frame: without secrets always, without payloads, names and meta unless they are asked
 * for.
 */
function tail(frame: readonly unknown[], payloads: boolean): unknown[] {
  const told = (value: unknown, key?: string): unknown => {
    if (key === "resume" || key === "session" || key === "catalogue") return "hidden";
    if (typeof value === "string") return payloads || openKeys.has(key!) ? value : masked(value);
    if (Array.isArray(value)) return key === "events" ? value.map(historyEvent) : value.map((inner) => told(inner, key));
    if (!value || typeof value !== "object") return value;
    if (key === "data" || key === "meta") return payloads ? value : masked(value);
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, told(inner, name)]));
  };
  const historyEvent = (event: unknown) =>
    Array.isArray(event) && !payloads ? event.map((value, at) => (at > historyFrom ? masked(value) : value)) : event;
  const first = frame.findIndex((value) => typeof value !== "number");
  if (first < 0) return [];
  if (frame[0] !== eventFrame.type) return frame.slice(first).map((value) => told(value));
  return frame.slice(first).map((value, index) => {
    const at = first + index;
    return payloads || at === eventFrame.from ? value : at < eventFrame.data ? told(value) : masked(value);
  });
}

/** Lines, the newest of them within a bound. */
class Ring {
  readonly #lines: string[] = [];
  #first = 0;
  #bytes = 0;
  total = 0;

  constructor(readonly bytesMax: number) {}

  get dropped(): number {
    return this.total - (this.#lines.length - this.#first);
  }

  add(line: string): void {
    ++this.total;
    this.#bytes += this.#lines[this.#lines.push(line) - 1]!.length + 1;
    while (this.#bytes > this.bytesMax && this.#first < this.#lines.length) {
      this.#bytes -= this.#lines[this.#first]!.length + 1;
      this.#lines[this.#first++] = "";
    }
    if (this.#first < this.#lines.length / 2) return;
    this.#lines.splice(0, this.#first); // moving all of them for each line would be slow
    this.#first = 0;
  }

  lines(): string[] {
    return this.#lines.slice(this.#first);
  }
}

/**
 * Makes a recorder for one client. It keeps the inputs and decisions of the client's core, without tokens or
 * other secrets, and without payloads unless `payloads` is set; `dialogue replay FILE` shows the recording.
 *
 * @example
 * const recorder = createRecorder();
 * const client = createDialogueClient({ app, recorder });
 * // when a user reports a problem:
 * const file = new Blob([recorder.text()], { type: "text/plain" });
 */
export function createRecorder({ bytes = bytesDefault, payloads = false }: RecorderOptions = {}): Recorder {
  let ring = new Ring(bytes);
  let seed = 0;
  return {
    text: () => {
      const head = ["dialogue-client-recording", formatVersion, clientVersion, seed, +payloads, bytes, ring.dropped];
      return `${[JSON.stringify(head), ...ring.lines(), JSON.stringify(["end", ring.total])].join("\n")}\n`;
    },
    attach: (exports: any) => {
      if (exports[Call.create]) ring = new Ring(bytes); // and not the validator; a client whose start failed starts again
      const own = ring;
      const { memory } = exports;
      let [area, buffer] = [0, 0];
      const bytesAt = (at: number, size: number) => new Uint8Array(memory.buffer, at, size);
      const numbers = (count: number) => Array.from(new Float64Array(memory.buffer, area, count), plain);

      const textBefore = (name: string, values: any[]): string | undefined => {
        if (name === "receive") return JSON.stringify(tail(values[4] ?? [], payloads));
        if (name === "add_room") return values[0];
        if (!(name in sizeArgument)) return undefined;
        const held = bytesAt(buffer, values[sizeArgument[name]!]);
        const text = decoder.decode(held);
        return name === "validate" && !payloads ? JSON.stringify(masked(JSON.parse(text))) : text;
      };
      const areaAfter = (name: string, result: number): (number | string)[] | undefined => {
        if (name === "next" && result) return numbers(2 + Number(numbers(2)[1]));
        return name === "position" ? numbers(2) : undefined;
      };
      const recorded =
        (name: string, call: (...values: any[]) => any) =>
        (...values: any[]) => {
          const isPublish = name === "publish";
          const given = values.slice(0, isPublish ? publishArguments : call.length).map(plain);
          let text = textBefore(name, values) ?? "";
          const before = name === "receive" ? numbers(values[0]) : undefined;
          const keep = (result: unknown, shown: unknown[] = []) => {
            text = text.replace(/[\0\p{Surrogate}]/gu, "\ufffd"); // what UTF-8 or C++ cannot hold
            own.add(escaped(JSON.stringify([name, given, result, shown, text])));
          };
          let result: number | undefined;
          try {
            result = call(...values);
          } catch (error) {
            keep("trap", before);
            throw error;
          }
          const after = isPublish ? values.slice(publishArguments).map(plain) : areaAfter(name, result!);
          keep(result === undefined ? null : plain(result), before ?? after);
          return result;
        };

      const wrapped: Record<string, unknown> = {
        memory,
        [Call.create]: (value: number) => (area = exports[Call.create]((seed = Math.floor(value)))),
        open: exports.open,
        load: exports.load,
        buffer: (size: number) => (buffer = exports.buffer(size)),
        [Call.own_catalogue]: exports[Call.own_catalogue],
      };
      for (const [key, call] of Object.entries(exports))
        if (typeof call === "function" && !unrecorded.has(nameOf(key)))
          wrapped[key] = recorded(nameOf(key), call as () => unknown);
      // The module gets the fingerprint, the recording has all of it: as binary text, a character for each byte.
      if (exports[Call.set_catalogue])
        wrapped[Call.set_catalogue] = (fingerprint: number, catalogue: string, events: number) => {
          own.add(JSON.stringify(["set_catalogue", [catalogue.length], events, [], btoa(catalogue)]));
          exports[Call.set_catalogue](fingerprint);
        };
      return wrapped;
    },
  };
}
