// Debian's browsers under Playwright, each as { name, launch() }. The flags keep Chromium from calling home; --no-sandbox is what
// root in a container needs. Firefox rounds its clock to 1 ms unless it is told not to.
import { chromium, firefox } from "playwright-core";

const kQuiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"];

export const browsers = [
  {
    name: "Chromium",
    launch: () => chromium.launch({ executablePath: "/usr/bin/chromium-headless-shell", args: ["--no-sandbox", ...kQuiet] }),
  },
  {
    name: "Firefox",
    launch: () =>
      firefox.launch({
        executablePath: "/usr/bin/firefox-esr",
        channel: "moz-firefox",
        firefoxUserPrefs: { "privacy.reduceTimerPrecision": false },
      }),
  },
];
