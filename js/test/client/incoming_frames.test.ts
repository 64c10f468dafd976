// Frames on their way to the core, where their connection ends.
import { expect, test } from "vitest";
import { IncomingFrames } from "../../src/client/incoming_frames.js";

test("F-J11 at the end of a connection what is not about rooms is read, also after a frame that defers", () => {
  const read: string[] = [];
  const incoming: IncomingFrames = new IncomingFrames(
    (frame) => {
      read.push(frame);
      if (frame.startsWith("[34")) incoming.defer();
    },
    () => {},
  );
  incoming.receive(
    ["[34,1]", "[34,2]", "[36,7]", "[37,7]", "[38,7]", "[34,3]", "[41,7]", "[43,7]", "[48,1]", "[45,53]"].join("\n"),
  );
  expect(read.splice(0)).toEqual(["[34,1]"]);
  incoming.end();
  expect(read.splice(0)).toEqual(["[34,2]", "[38,7]", "[48,1]", "[45,53]"]);
  incoming.resume(); // as after a turn
  expect(read).toEqual([]);
  incoming.receive("[33]");
  expect(read).toEqual(["[33]"]);
});
