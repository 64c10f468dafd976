// How a WebSocket is closed where its class would wait for the other end.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { closingSoon } from "../../src/transport/endpoint.js";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test("F-R14 what is not closed after a second is terminated, where the class can", () => {
  const close = vi.fn();
  const terminate = vi.fn();
  closingSoon({ close, terminate }).close(1000);
  expect(close).toHaveBeenCalledWith(1000);
  vi.advanceTimersByTime(999);
  expect(terminate).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(terminate).toHaveBeenCalledOnce();
});

test("F-R14 the wait for it keeps no process alive, and a class without terminate() has no wait", () => {
  const unref = vi.fn();
  const later = vi.spyOn(globalThis, "setTimeout").mockReturnValue({ unref } as never);
  closingSoon({ close: vi.fn(), terminate: vi.fn() }).close(1000);
  expect(unref).toHaveBeenCalledOnce();
  closingSoon({ close: vi.fn() }).close(1000);
  expect(later).toHaveBeenCalledOnce();
  later.mockRestore();
});
