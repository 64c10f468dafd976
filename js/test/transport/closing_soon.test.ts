// How a WebSocket is closed where its class would wait for the other end.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { closingSoon } from "../../src/transport/closing_soon.js";

class Plain {
  readonly close = vi.fn();
}
const closed = vi.fn();
const terminated = vi.fn();
class Terminable {
  close(code: number) {
    closed(code);
  }
  terminate() {
    terminated();
  }
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.clearAllMocks();
});
afterEach(() => {
  vi.useRealTimers();
});

test("F-R14 a socket that is not closed after a second is terminated, if its class can do that", () => {
  const its = closingSoon(Terminable);
  expect(closingSoon(its)).toBe(its); // for a client that begins again
  new its("ws://host", []).close(1000);
  expect(closed).toHaveBeenCalledWith(1000);
  vi.advanceTimersByTime(999);
  expect(terminated).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(terminated).toHaveBeenCalledOnce();
});

test("F-R14 the wait for it keeps no process alive, and a class without terminate() has no wait", () => {
  const unref = vi.fn();
  const later = vi.spyOn(globalThis, "setTimeout").mockReturnValue({ unref } as never);
  new (closingSoon(Terminable))("ws://host", []).close(1000);
  expect(unref).toHaveBeenCalledOnce();
  expect(closingSoon(Plain)).toBe(Plain);
  later.mockRestore();
});
