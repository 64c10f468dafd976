// When WebSocket is tried again.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Choice } from "../../src/fallback/choice.js";
import { Prober } from "../../src/fallback/prober.js";
import { ScriptedNetwork, settled } from "../support/scripted_fetch.js";

let network: ScriptedNetwork;
let prober: Prober;
let page: EventTarget & { visibilityState: string };
const memory = { until: 0 };
const welcomed = vi.fn(() => true);
let identify: () => Promise<unknown[]>;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
  network = new ScriptedNetwork();
  page = Object.assign(new EventTarget(), { visibilityState: "visible" });
  vi.stubGlobal("document", page);
  memory.until = 0;
  identify = async () => [{}];
  const openWebSocket = (url: string, protocols: string[]) => new network.WebSocket(url, protocols);
  const host = { resume: "secret", socket: { identify: () => identify(), drop: () => {}, openWebSocket } };
  prober = new Prober(host as never, new Choice(["websocket", "stream"], memory), "ws://host", "[1,1,0,0,{}]", welcomed);
});
afterEach(() => {
  prober.stop();
  welcomed.mockReset().mockReturnValue(true);
  vi.useRealTimers();
  vi.unstubAllGlobals();
});
const count = () => network.sockets.length;

test("after 30 s, 2 minutes and 10 minutes, and it sends nothing before it is open", async () => {
  for (const ms of [30_000, 120_000, 600_000, 600_000]) {
    const before = count();
    await vi.advanceTimersByTimeAsync(ms - 1);
    expect(count()).toBe(before);
    await vi.advanceTimersByTimeAsync(1);
    expect([count(), network.sockets.at(-1)!.sent]).toEqual([before + 1, []]);
    network.sockets.at(-1)!.fail();
  }
  expect(welcomed).not.toHaveBeenCalled();
});

test("a hidden page waits until it is shown", async () => {
  page.visibilityState = "hidden";
  await vi.advanceTimersByTimeAsync(300_000);
  page.dispatchEvent(new Event("visibilitychange"));
  expect(count()).toBe(0);
  page.visibilityState = "visible";
  page.dispatchEvent(new Event("visibilitychange"));
  page.dispatchEvent(new Event("visibilitychange"));
  expect(count()).toBe(1);
});

test("one that opens and stays silent fails after 10 s", async () => {
  await vi.advanceTimersByTimeAsync(30_000);
  network.sockets[0]!.open(false);
  await settled();
  expect(prober.awaitsWelcome).toBe(true);
  await vi.advanceTimersByTimeAsync(10_000);
  expect([network.sockets[0]!.closedWith, prober.awaitsWelcome, prober.saidHello]).toEqual([1000, false, true]);
  expect(memory.until).toBe(0);
  await vi.advanceTimersByTimeAsync(120_000);
  network.sockets[1]!.fail();
  expect(memory.until).toBeGreaterThan(Date.now());
});

test("a BYE of the server counts as an answer: WebSocket has not failed, and the client does not move", async () => {
  await vi.advanceTimersByTimeAsync(30_000);
  network.sockets[0]!.open(false);
  await settled();
  network.sockets[0]!.say("[45,54,1000,{}]");
  await vi.advanceTimersByTimeAsync(120_000);
  network.sockets[1]!.fail();
  expect([memory.until, welcomed.mock.calls]).toEqual([0, []]);
});

test("a token that fails after stop() does not cause a retry", async () => {
  let refuse = (_: Error) => {};
  identify = () => new Promise((_, reject) => (refuse = reject));
  await vi.advanceTimersByTimeAsync(30_000);
  network.sockets[0]!.open(false);
  prober.stop();
  refuse(new Error("signed out"));
  await settled();
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(count()).toBe(1);
});

test("a probe that is welcomed but rejected is closed, and what waits for it continues without it", async () => {
  const orElse = vi.fn();
  welcomed.mockReturnValue(false);
  await vi.advanceTimersByTimeAsync(30_000);
  network.sockets[0]!.open(false);
  await settled();
  prober.hurry(orElse);
  network.sockets[0]!.say("[33,1,0,0,25000,0,1,{}]");
  expect([network.sockets[0]!.closedWith, orElse.mock.calls.length]).toEqual([1000, 1]);
});

test("after stop() nothing is tried", async () => {
  prober.stop();
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(count()).toBe(0);
});
