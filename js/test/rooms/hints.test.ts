// Hints on the console: what they wait for, and that there is one.
import { expect, test, vi } from "vitest";
import { watchUnjoined } from "../../src/rooms/hints.js";
import type { RoomHandle } from "../../src/rooms/room.js";
import type { RoomHost } from "../../src/rooms/room_host.js";
import { eventually } from "../support/eventually.js";
import { connect, member, scripted } from "../support/member.js";

scripted();

/** A room of a client that has events waiting in it, and the timers and warnings that the hint makes. */
function scene() {
  const room = { id: "chat", joining: undefined as Promise<unknown> | undefined };
  const waits = { now: true };
  const timers: (() => void)[] = [];
  const warnings: string[] = [];
  const watch = () =>
    watchUnjoined(
      { hasPublication: () => waits.now } as unknown as RoomHost,
      room as RoomHandle,
      (work, ms) => {
        expect(ms).toBe(5000);
        timers.push(work);
      },
      (line) => warnings.push(line),
    );
  return { room, waits, timers, warnings, watch, ring: () => timers.shift()!() };
}

test("F-U-M5 an event that waits for 5 seconds in a room without a join is a warning, once for the room", () => {
  const { timers, warnings, watch, ring } = scene();
  watch();
  watch();
  expect(timers).toHaveLength(1);
  ring();
  expect(warnings).toEqual(['dialogue: events wait in "chat", since this client has not joined it: call join() of the room.']);
  watch();
  expect(timers).toHaveLength(0);
});

test("F-U-M5 none if the room was joined meanwhile, or nothing waits any more; a later event is watched again", () => {
  const { room, waits, warnings, watch, ring } = scene();
  watch();
  room.joining = Promise.resolve();
  ring();
  room.joining = undefined;
  watch();
  waits.now = false;
  ring();
  expect(warnings).toEqual([]);
  waits.now = true;
  watch();
  ring();
  expect(warnings).toHaveLength(1);
});

test("F-U-M5 trigger without a join loads the hint, and trigger in a joined room does not", async () => {
  const timers = vi.spyOn(globalThis, "setTimeout");
  const isWatched = () => timers.mock.calls.some(([, ms]) => ms === 5000);
  const { room } = await member();
  void room.trigger("message", { text: "joined" }).catch(() => {});
  await new Promise((resolve) => setImmediate(resolve));
  expect(isWatched()).toBe(false);
  const client = connect();
  void client
    .room("chat")
    .trigger("message", { text: "not joined" })
    .catch(() => {});
  await eventually(() => expect(isWatched()).toBe(true));
  timers.mockRestore();
});
