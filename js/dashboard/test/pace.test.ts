// How often the page asks.
import { expect, test } from "vitest";
import { Pace } from "../server/pace.js";

test("in no second do more than two requests begin, whenever they are wanted", () => {
  const pace = new Pace();
  const starts: number[] = [];
  let now = 0;
  for (let i = 0; i < 200; ++i) {
    now += (i * 7919) % 400; // wanted at odd times
    now += pace.delay(now);
    pace.begin(now);
    starts.push(now);
  }
  for (let i = 2; i < starts.length; ++i) expect(starts[i]! - starts[i - 2]!).toBeGreaterThanOrEqual(1_000);
});

test("the first two begin at once", () => {
  const pace = new Pace();
  expect(pace.delay(0)).toBe(0);
  pace.begin(0);
  expect(pace.delay(0)).toBe(0);
  pace.begin(0);
  expect(pace.delay(0)).toBe(1_000);
  expect(pace.delay(400)).toBe(600);
});
