// The order of transports, patience, memory and probes.
import { describe, expect, test } from "vitest";
import type { TransportName } from "../../src/api/events.js";
import { Choice, probeDelayMs, rememberedMs } from "../../src/fallback/choice.js";

const all: TransportName[] = ["websocket", "stream", "polling"];
const made = (transports = all, until = 0) => {
  const memory = { until };
  return { choice: new Choice(transports, memory), memory };
};

describe("what is remembered", () => {
  test("two failures of WebSocket in a row while HTTP works are, for ten minutes", () => {
    const { choice } = made();
    choice.webSocketFailed(1000);
    expect([choice.isRemembered(1000), choice.order(1000)]).toEqual([false, all]);
    choice.webSocketFailed(5000);
    expect(choice.order(5000)).toEqual(["stream", "polling", "websocket"]);
    expect(choice.isRemembered(5000 + rememberedMs - 1)).toBe(true);
    expect([choice.isRemembered(5000 + rememberedMs), choice.order(5000 + rememberedMs)]).toEqual([false, all]);
  });

  test.each<[string, (choice: Choice) => void]>([
    ["a WebSocket that answers", (choice) => choice.webSocketAnswered(100)],
    ["another network, or an attempt in which nothing worked", (choice) => choice.forget()],
  ])("%s forgets it, and failures before do not count", (_, happens) => {
    const { choice, memory } = made();
    choice.webSocketFailed(0);
    happens(choice);
    choice.webSocketFailed(0);
    expect(choice.isRemembered(0)).toBe(false);
    choice.webSocketFailed(0);
    expect(choice.isRemembered(0)).toBe(true);
    happens(choice);
    expect([choice.isRemembered(0), memory.until]).toEqual([false, 0]);
  });

  test("it is shared by all clients of the storage, and a clock that was set back invalidates it", () => {
    const { choice } = made(all, 1_000_000);
    expect(choice.isRemembered(999_999)).toBe(true);
    expect(choice.isRemembered(1_000_000 - rememberedMs - 1)).toBe(false);
  });
});

describe("patience", () => {
  test("a WebSocket has 1.5 s, or four times what the last one took; others have 2 s", () => {
    const { choice } = made();
    expect(all.map((name) => choice.patienceMs(name))).toEqual([1500, 2000, 2000]);
    choice.webSocketAnswered(900);
    expect(choice.patienceMs("websocket")).toBe(3600);
    choice.webSocketAnswered(10);
    expect(choice.patienceMs("websocket")).toBe(1500);
  });

  test("the worst case of the default, a silent WebSocket and a silent stream, leaves half a second of four for the poll", () => {
    const { choice } = made();
    expect(choice.patienceMs("websocket") + choice.patienceMs("stream")).toBeLessThanOrEqual(3500);
  });
});

describe("probes", () => {
  test("after 30 s, 2 minutes, and then every 10 minutes", () => {
    expect([0, 1, 2, 3, 50].map(probeDelayMs)).toEqual([30_000, 120_000, 600_000, 600_000, 600_000]);
  });

  test.each<[TransportName[], TransportName, boolean]>([
    [all, "stream", true],
    [all, "polling", true],
    [all, "websocket", false],
    [["stream", "polling"], "polling", false],
    [["stream", "websocket"], "stream", false],
    [["stream", "websocket", "polling"], "polling", true],
  ])("of %j while %s is in use: %s", (transports, used, expected) => {
    expect(made(transports).choice.isWorthProbing(used)).toBe(expected);
  });
});
