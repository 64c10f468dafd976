// When a file is fetched again.
import { expect, test } from "vitest";
import { retryDelayMs } from "../../src/client/retry_delay.js";

test("the pause doubles from half a second, up to twenty", () => {
  expect([0, 1, 2, 5, 6, 1000].map(retryDelayMs)).toEqual([500, 1000, 2000, 16_000, 20_000, 20_000]);
});
