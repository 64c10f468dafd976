// Which view an address opens.
import { expect, test, vi } from "vitest";
import { parseRoute } from "../kit/route.js";

vi.stubGlobal("document", { baseURI: "http://127.0.0.1:8080/_dialogue/" });
const { groups, viewOf } = await import("../views/views.js");

test("an address that names no view opens the one that says so, also where objects have such a property", () => {
  const unknown = viewOf(parseRoute("#/no-such-view"));
  for (const name of ["constructor", "__proto__", "toString", "hasOwnProperty", "valueOf"])
    expect(viewOf(parseRoute(`#/${name}`))).toBe(unknown);
  for (const { views } of groups) for (const { path } of views) expect(viewOf(parseRoute(`#/${path}`))).not.toBe(unknown);
});
