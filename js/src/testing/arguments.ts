// What applications give to a server in a page, checked where it enters.

/** Options of `createTestServer`. */
export interface TestServerOptions {
  /** Makes ids, epochs and names: the same seed and the same calls give the same run. 1 to 2^53 - 1; default: 1. */
  seed?: number;
  /** `"real"` (default) is the platform's clock, or its fake timers; `"manual"` moves by `advance` only. */
  clock?: "manual" | "real";
  /** The Unix time in ms at which a manual clock starts. Default: 14 November 2023. */
  startMs?: number;
}

const longestMs = 10 * 366 * 86_400_000;

const rules: Record<string, [string, (value: any) => boolean]> = {
  seed: ["a whole number from 1 to 2^53 - 1", (value) => Number.isSafeInteger(value) && value > 0],
  clock: ['"manual" or "real"', (value) => value === "manual" || value === "real"],
  startMs: ["a whole number of milliseconds since 1970", (value) => Number.isSafeInteger(value) && value >= 0],
  name: ["a text of 1 to 100 characters", (value) => typeof value === "string" && value.length > 0 && value.length <= 100],
  ms: ["a whole number from 0 to ten years", (value) => Number.isSafeInteger(value) && value >= 0 && value <= longestMs],
};

/** Throws a TypeError that names the first argument that breaks its rule. */
export function checkOptions(values: object): void {
  for (const [name, value] of Object.entries(values)) {
    const [rule, fits] = rules[name]!;
    if (!fits(value)) throw new TypeError(`createTestServer: ${name} must be ${rule}`);
  }
}

/** The text of an app.json. */
export function textOf(definitions: unknown): string {
  if (typeof definitions === "string") return definitions;
  if (typeof definitions !== "object" || definitions === null)
    throw new TypeError("createTestServer: definitions must be what an app.json has: an object, or its text");
  return JSON.stringify(definitions);
}
