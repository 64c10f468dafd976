// The one wait of these tests: until an assertion holds.
import { vi } from "vitest";

// It ends what hangs, before the test's own deadline, so that the failed assertion is what is printed.
const patienceMs = 55_000;
const intervalMs = 5;

/** Waits until `assertion` throws nothing, and returns its value; after the deadline throws what it threw. */
export const eventually = <Value>(assertion: () => Value | Promise<Value>) =>
  vi.waitFor(assertion, { timeout: patienceMs, interval: intervalMs });
