// What the page reads of the definitions.
import { expect, test } from "vitest";
import { definitionOf, eventsOf, roomIds } from "../server/definitions.js";

const definitions = {
  events: { note: { schema: true, delivery: "reliable" }, vote: { schema: true, delivery: "volatile" } },
  rooms: [
    { pattern: "board.1", name: "Board", isPattern: false, events: ["note"] },
    { pattern: "topic-{name}", name: "Topic", isPattern: true, events: ["vote"] },
  ],
};

test("a room has the events of its definition, and one that no definition serves has all", () => {
  expect(definitionOf(definitions, "topic-a")?.name).toBe("Topic");
  expect(eventsOf(definitions, "topic-a")).toEqual(["vote"]);
  expect(eventsOf(definitions, "board.1")).toEqual(["note"]);
  expect(eventsOf(definitions, "boardx1")).toEqual(["note", "vote"]);
});

test("patterns are not offered as ids", () => {
  expect(roomIds(definitions)).toEqual(["board.1"]);
});
