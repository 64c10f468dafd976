// The chat in Debian's Chromium, against the real program.
import { defineConfig } from "@playwright/test";

const patienceMs = 120_000;

export default defineConfig({
  testDir: ".",
  testMatch: "*.spec.ts",
  forbidOnly: true,
  workers: 1,
  timeout: 5 * patienceMs,
  expect: { timeout: patienceMs },
  projects: [{ name: "chromium" }],
  outputDir: "../../../build/e2e/chat",
  use: {
    launchOptions: {
      executablePath: "/usr/bin/chromium-headless-shell",
      args: ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
    },
  },
});
