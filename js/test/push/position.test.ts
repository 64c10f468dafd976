// Which ids of a push stream are ahead of which.
import { expect, test } from "vitest";
import { covers } from "../../src/push/position.js";

test("an id covers the ids that are older in every room, of the same logs", () => {
  for (const [mine, theirs, expected] of [
    ["a.5", "a.5", true],
    ["a.z", "a.10", false], // base 36
    ["a.10", "a.z", true],
    ["a.5-b.2", "a.5-b.1", true],
    ["a.5-b.2", "a.4-b.3", false],
    ["b.5", "a.4", false], // another log
    ["a.5", "a.5-b.1", false],
    ["a.5", "", false], // unknown: it may be anywhere
    ["", "a.1", false],
    [undefined, "a.1", false],
    [undefined, "", false],
    ["", "", true], // a stream without rooms has no place
    ["nonsense", "a.1", false],
  ] as const)
    expect(covers(mine, theirs), `${mine} ${theirs}`).toBe(expected);
});
