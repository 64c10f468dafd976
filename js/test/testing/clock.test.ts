// The clocks of a server in a page.
import { afterEach, expect, test, vi } from "vitest";
import { ManualClock, RealClock } from "../../src/testing/clock.js";

afterEach(() => vi.useRealTimers());
const nothing = () => Promise.resolve();

test("a manual clock stops at each deadline, and ends at the requested time", async () => {
  const clock = new ManualClock(1000);
  const seen: number[] = [];
  const due = () => {
    seen.push(clock.unixMs());
    clock.wake(clock.monotonicMs() + 40, due);
  };
  clock.wake(clock.monotonicMs() + 40, due);
  await clock.advance(100, nothing);
  expect(seen).toEqual([1040, 1080, 1100]);
  expect(clock.unixMs()).toBe(1100);
});

test("the real clock follows fake timers, has one wish at a time, and waits for far deadlines in parts", () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance", "Date"] });
  const clock = new RealClock();
  const woken: string[] = [];
  clock.wake(clock.monotonicMs() + 10, () => woken.push("never"));
  clock.wake(clock.monotonicMs() + 20, () => woken.push("soon"));
  vi.advanceTimersByTime(30);
  expect(woken).toEqual(["soon"]);
  clock.wake(Infinity, () => woken.push("never"));
  clock.wake(clock.monotonicMs() + 2 ** 40, () => woken.push("early"));
  vi.advanceTimersByTime(2 ** 31 - 1);
  expect(woken).toEqual(["soon", "early"]);
});
