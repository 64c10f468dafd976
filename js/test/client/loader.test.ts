// Capabilities have files of their own, which cost a page nothing until they are used; history is one. Here their files
// come late, or not at once.

import { afterEach, expect, test, vi } from "vitest";
import { Loader } from "../../src/client/loader.js";
import { makeError } from "../../src/core/make_error.js";
import { member, scripted } from "../support/member.js";

const { late, arrive } = vi.hoisted(() => {
  let arrive = () => {};
  const late = new Promise<void>((resolve) => (arrive = resolve));
  return { late, arrive };
});
vi.mock("../../src/rooms/history.js", async (original) => {
  await late;
  return original();
});
vi.mock("../../src/calls/calls.js", async (original) => {
  await late;
  return original();
});

scripted();
afterEach(() => {
  vi.useRealTimers();
});

test.each(["call", "attempt", "stream", "duplex"] as const)(
  "F-U-M10 a signal ends the wait for the file of calls: %s",
  async (name) => {
    const { client } = await member();
    const stop = new AbortController();
    const waiting: any = (client as any)[name]("orders.pay", { id: 1 }, { signal: stop.signal });
    const aborted = name === "stream" ? waiting.next() : waiting;
    stop.abort(new Error("enough"));
    await expect(aborted).rejects.toThrow("enough");
  },
);

test("F-C40 a signal ends the wait for the file that reads history, and a room that was left meanwhile is not read", async () => {
  const { peer, room } = await member();
  const stop = new AbortController();
  const aborted = room.history({ signal: stop.signal }).next();
  stop.abort();
  await expect(aborted).rejects.toMatchObject({ name: "AbortError" });
  const reading = room.history().next();
  const leaving = room.leave();
  const [, request] = await peer.frame(3);
  peer.say([35, request, 7, 0]);
  await leaving;
  arrive();
  await expect(reading).rejects.toMatchObject({ code: "not_joined" });
});

test("F-C40 a capability is opened once, by a file that is fetched until it loads, and each failure is reported", async () => {
  vi.useFakeTimers();
  const told: string[] = [];
  const loader = new Loader({
    state: "connected",
    errorOf: makeError,
    report: ({ code, message }) => told.push(`${code} ${message}`),
  });
  const first = vi.fn(async () => {
    if (first.mock.calls.length < 3) throw new TypeError("Failed to fetch");
    return { open };
  });
  const open = vi.fn((answer: number) => answer);
  const wanted = [loader.capability("sum", first, 42), loader.capability("sum", first, 43)];
  await vi.advanceTimersByTimeAsync(1500);
  expect(await Promise.all(wanted)).toEqual([42, 42]);
  expect(await loader.capability("sum", first, 44)).toBe(42);
  expect([first.mock.calls.length, open.mock.calls.length]).toEqual([3, 1]);
  expect(told).toEqual(Array(2).fill("connection_lost The sum could not be loaded: TypeError: Failed to fetch"));
});

test("F-C40 when the network returns, all waiting files are fetched concurrently", async () => {
  const loader = new Loader({ state: "connected", errorOf: makeError, report: () => {} });
  const failed = { one: false, two: false };
  const first = (name: "one" | "two") => async () => {
    if (failed[name]) return name;
    failed[name] = true;
    throw new TypeError("Failed to fetch");
  };
  vi.useFakeTimers();
  const both = (["one", "two"] as const).map((name) => loader.capability(name, first(name)));
  await vi.advanceTimersByTimeAsync(1);
  loader.retryNow();
  expect(await Promise.all(both)).toEqual(["one", "two"]); // and no timer has fired
});

test("F-C40 a permanent failure is thrown, and the next use tries again", async () => {
  const loader = new Loader({ state: "connected", errorOf: makeError, report: () => {} });
  const broken = (): Promise<number> => Promise.reject(new WebAssembly.CompileError("no module"));
  await expect(loader.capability("sum", broken)).rejects.toMatchObject({ code: "not_supported" });
  expect(await loader.capability<number>("sum", async () => 1)).toBe(1);
});
