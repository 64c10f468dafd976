// A page of a room's log.
import { expect, test } from "vitest";
import { readHistory } from "../server/history.js";

test("a payload of the log is the text that is stored, whatever numbers are in it", () => {
  const payloads = ['{"n":12345678901234567890}', "1e400", "-0", '{"data":1.0,"events":[]}'];
  const events = payloads.map((data, index) => `{"event":"note","data":${data},"from":"ann","timestamp":5,"seq":${index + 1}}`);
  const page = readHistory(`{"room":"chat","epoch":1,"base":1,"head":4,"events":[${events.join(",")}]}`);
  expect(page.head).toBe(4);
  expect(page.events.map(({ data }) => data)).toEqual(payloads);
  expect(page.events[1]).toEqual({ event: "note", data: "1e400", from: "ann", timestamp: 5, seq: 2 });
  expect(readHistory('{"room":"chat","epoch":1,"base":1,"head":0,"events":[]}').events).toEqual([]);
});
