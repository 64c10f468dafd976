// What describes frames remembers the names of a bounded number of rooms.
import { expect, test } from "vitest";
import { FrameDescriber } from "../../src/debug/frame_description.js";
import { FrameType } from "../../src/generated/tables.js";

const rememberedMax = 10_000;

test("the names of 10,000 rooms are remembered; the next one empties the table", () => {
  const describer = new FrameDescriber(
    () => ["message"],
    () => "rate_limited",
  );
  const joined = (room: number) =>
    describer.describe(JSON.stringify([FrameType.JOINED, 1, room, 0, 1, 0, 1, { roomId: `room-${room}` }]));
  const left = (room: number) => describer.describe(JSON.stringify([FrameType.SKIP, room, 2]));
  for (let room = 1; room <= rememberedMax; room += 1) joined(room);
  expect(left(1)).toContain('"room-1"');
  expect(left(rememberedMax)).toContain(`"room-${rememberedMax}"`);
  joined(rememberedMax + 1);
  expect(left(rememberedMax + 1)).toContain(`"room-${rememberedMax + 1}"`);
  expect(left(1)).not.toContain('"room-1"');
});
