// Addresses of views.
import { expect, test } from "vitest";
import { hrefOf, parseRoute } from "../kit/route.js";

test("an address is read back as it was written, whatever a room is called", () => {
  for (const id of ["chat", "a b", "topic/ä", "50%", "?&#=", "user:ann@example.com"]) {
    const { path, query } = parseRoute(hrefOf(["rooms", id, "members"], { after: id }));
    expect(path).toEqual(["rooms", id, "members"]);
    expect(query.get("after")).toBe(id);
  }
});

test("no address is the overview, and a broken escape is taken as it stands", () => {
  expect(parseRoute("").path).toEqual(["overview"]);
  expect(parseRoute("#/").path).toEqual(["overview"]);
  expect(parseRoute("#/rooms/%E0%A4").path).toEqual(["rooms", "%E0%A4"]);
});

test("empty values are left out of an address", () => {
  expect(hrefOf(["audit"], { actor: "", action: undefined, after: 0 })).toBe("#/audit?after=0");
});
