// Three engines: Debian's Chromium and Firefox by Playwright, WebKitGTK by WebDriver inside the same runner (support/).
// `npx playwright test` runs all; `--project=webkitgtk` one engine. What only Playwright can drive is in
// looks.spec.ts and dashboard_looks.spec.ts.
import { defineConfig } from "@playwright/test";
import { kPatienceMs } from "../tests/patience.mjs";
import type { EngineName } from "./support/test.js";

const byPlaywrightOnly = "**/*looks.spec.ts";
const byFirefoxOnly = "**/firefox/*.spec.ts";
// One engine is enough: it waits for a time-out that the C++ core decides (@slow), or no browser takes part in it (@once).
const onceTags = /@slow|@once/;

/** An engine as a project. Engines may run at the same time, so each has a directory of its own. */
const engine = (name: EngineName, options: object = {}) => ({
  name,
  use: { engineName: name },
  outputDir: `../build/e2e/${name}`,
  ...options,
});

export default defineConfig<object, { engineName: EngineName }>({
  testDir: ".",
  testMatch: "*.spec.ts",
  fullyParallel: true,
  forbidOnly: true,
  workers: 2,
  retries: 0,
  timeout: 5 * kPatienceMs, // of a whole test
  expect: { timeout: kPatienceMs },
  reporter: [["list"]],
  projects: [
    engine("chromium", { testIgnore: byFirefoxOnly }),
    engine("firefox", { grepInvert: onceTags }),
    engine("webkitgtk", { testIgnore: [byPlaywrightOnly, byFirefoxOnly], grepInvert: onceTags }),
  ],
});
