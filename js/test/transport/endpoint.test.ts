// The address that a client connects to.
import { afterEach, describe, expect, test, vi } from "vitest";
import { endpoint } from "../../src/transport/endpoint.js";

afterEach(() => {
  vi.unstubAllGlobals();
});

describe("the endpoint", () => {
  test.each([
    ["http://host:8080", "ws://host:8080/dialogue"],
    ["https://host", "wss://host/dialogue"],
    ["https://host/", "wss://host/dialogue"],
    ["ws://host/app/dialogue", "ws://host/app/dialogue"],
    ["wss://host/dialogue?token=t", "wss://host/dialogue?token=t"],
    ["https://host/?a=b#part", "wss://host/dialogue?a=b"],
  ])("of %s is %s", (url, expected) => {
    expect(endpoint(url)).toBe(expected);
    expect(endpoint(new URL(url))).toBe(expected);
  });

  test("is against the page, and the page's origin by default", () => {
    vi.stubGlobal("location", { href: "https://site.example/shop/page.html#top" });
    expect(endpoint()).toBe("wss://site.example/dialogue");
    expect(endpoint("/chat")).toBe("wss://site.example/chat");
    expect(endpoint("live")).toBe("wss://site.example/shop/live");
  });
});
