// Tabs of WebKitGTK: one WebKitWebDriver and one MiniBrowser each, on a display of our own when there is none.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { Builder, By, Capabilities, Key, type WebDriver, type WebElement } from "selenium-webdriver";
import { kPatienceMs } from "../../tests/patience.mjs";
import { freePort } from "./server.js";
import { deleteDatabases, type Engine, sayNetwork, type Tab, type TabOptions } from "./tab.js";

const quitTimeoutMs = 5_000;
const openTimeoutMs = 60_000; // it takes one or two seconds
const openAttempts = 3;
const keys = { Enter: Key.ENTER, Escape: Key.ESCAPE, Tab: Key.TAB };

/** A browser, and which of its windows the driver speaks to; one that nobody has another of has no name. */
interface Windows {
  readonly driver: WebDriver;
  readonly process: ChildProcess;
  current: string;
  /** Resolved when no script runs: tabs that are evaluated at once take turns, since a script runs in the current window. */
  turn: Promise<unknown>;
}

class WebKitTab implements Tab {
  constructor(
    private readonly windows: Windows,
    private name: string,
  ) {}

  async goto(url: string): Promise<void> {
    await (await this.driver()).get(url);
    await this.loaded();
  }
  async reload(): Promise<void> {
    await (await this.driver()).navigate().refresh();
    await this.loaded();
  }

  async back(url: string): Promise<void> {
    const driver = await this.driver();
    await driver.navigate().back();
    await driver.wait(async () => (await driver.getCurrentUrl()) === url, kPatienceMs, `not back at ${url}`);
  }
  async setOffline(isOffline: boolean): Promise<void> {
    await this.evaluate(sayNetwork, isOffline);
  }
  async wipe(): Promise<void> {
    await this.evaluate(deleteDatabases, null);
  }
  async another(): Promise<Tab> {
    const driver = await this.driver();
    this.windows.current = this.name ||= await driver.getWindowHandle();
    await driver.switchTo().newWindow("window");
    this.windows.current = await driver.getWindowHandle();
    return new WebKitTab(this.windows, this.windows.current);
  }

  async texts(css: string): Promise<string[]> {
    return this.evaluate(
      (selector) =>
        [...document.querySelectorAll<HTMLElement>(selector)]
          .filter((element) => element.getClientRects().length > 0)
          .map((element) => element.textContent.trim()),
      css,
    );
  }

  async attribute(css: string, name: string): Promise<string | null> {
    return this.evaluate(([selector, key]) => document.querySelector(selector)!.getAttribute(key), [css, name] as const);
  }

  async click(css: string): Promise<void> {
    await (await this.first(css)).click();
  }

  async fill(css: string, text: string): Promise<void> {
    await this.first(css);
    await this.evaluate(
      ([selector, value]) => {
        const field = document.querySelector<HTMLInputElement | HTMLTextAreaElement>(selector)!;
        field.focus();
        field.value = value;
        field.dispatchEvent(new InputEvent("input", { bubbles: true }));
      },
      [css, text] as const,
    );
  }

  async press(css: string, key: keyof typeof keys): Promise<void> {
    await (await this.first(css)).sendKeys(keys[key]);
  }

  async evaluate<A, R>(run: (argument: A) => R | Promise<R>, argument: A): Promise<R> {
    const script = `const done = arguments[1];
      Promise.resolve(arguments[0]).then(${run.toString()})
        .then((value) => done({ value }), (error) => done({ error: String(error) }));`;
    const answering = this.windows.turn.then(async () =>
      (await this.driver()).executeAsyncScript<{ value: R; error?: string }>(script, argument),
    );
    this.windows.turn = answering.catch(() => undefined);
    const answer = await answering;
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer.value;
  }

  async end(): Promise<void> {
    await (await this.driver()).close();
    this.windows.current = ""; // the driver speaks to no window until it is switched to one
  }

  async close(): Promise<void> {
    // A browser that does not answer any more must not hold up the run: its driver is ended either way, and takes it along.
    const { driver, process } = this.windows;
    await Promise.race([driver.quit().catch(() => undefined), deadline(quitTimeoutMs)]);
    await end(process);
  }

  /** The driver, which speaks to this window. */
  private async driver(): Promise<WebDriver> {
    const { driver, current } = this.windows;
    if (current !== this.name) {
      await driver.switchTo().window(this.name);
      this.windows.current = this.name;
    }
    return driver;
  }

  /** Until the page's modules have run: the driver has been seen to go on while they were still being fetched. */
  private async loaded(): Promise<void> {
    await this.evaluate(
      () =>
        document.readyState === "complete" ||
        new Promise((done) => addEventListener("load", done, { once: true })).then(() => true),
      undefined,
    );
  }

  /** The first element that matches, once it is shown and enabled. */
  private async first(css: string): Promise<WebElement> {
    const driver = await this.driver();
    const found = await driver.wait(
      async () => {
        for (const element of await driver.findElements(By.css(css))) {
          if ((await element.isDisplayed()) && (await element.isEnabled())) return element;
        }
        return null;
      },
      kPatienceMs,
      `nothing to act on at ${css}`,
    );
    return found!;
  }
}

export class WebKitEngine implements Engine {
  private constructor(
    private readonly display: string,
    private readonly xvfb: ChildProcess | undefined,
  ) {}

  static async launch(): Promise<WebKitEngine> {
    const present = process.env["DISPLAY"];
    if (present) return new WebKitEngine(present, undefined);
    const xvfb = spawn("Xvfb", ["-displayfd", "3", "-screen", "0", "1280x900x24", "-nolisten", "tcp"], {
      stdio: ["ignore", "ignore", "ignore", "pipe"],
    });
    const failed = once(xvfb, "error").then(([error]) => {
      throw error as Error;
    });
    const [number] = (await Promise.race([once(xvfb.stdio[3]!, "data"), failed])) as [Buffer];
    return new WebKitEngine(`:${number.toString().trim()}`, xvfb);
  }

  /**
   * Opening a session has been seen to hang until the test's own deadline, under load: the driver waits for a browser that does
   * not come up. Then there is another driver with another browser.
   */
  async open({ anyCertificate = false }: TabOptions = {}): Promise<Tab> {
    for (let attempt = 1; ; ++attempt) {
      const tab = await this.tryToOpen(anyCertificate);
      if (tab) return tab;
      if (attempt === openAttempts) throw new Error(`no browser came up in ${openAttempts} times ${openTimeoutMs} ms`);
    }
  }

  /** Nothing where the session does not stand in time. */
  private async tryToOpen(acceptInsecureCerts: boolean): Promise<Tab | undefined> {
    const browser = findMiniBrowser();
    const port = await freePort();
    const driverProcess = spawn("WebKitWebDriver", [`--port=${port}`, "--host=127.0.0.1"], {
      stdio: "ignore",
      env: { ...process.env, DISPLAY: this.display, LIBGL_ALWAYS_SOFTWARE: "1" },
    });
    await answering(`http://127.0.0.1:${port}/status`);
    const browserOptions = { binary: browser, args: ["--automation"] };
    const session = async () => {
      const driver = await new Builder()
        .usingServer(`http://127.0.0.1:${port}`)
        .withCapabilities(
          new Capabilities({ browserName: "MiniBrowser", acceptInsecureCerts, "webkitgtk:browserOptions": browserOptions }),
        )
        .build();
      await driver.manage().setTimeouts({ script: kPatienceMs });
      return new WebKitTab({ driver, process: driverProcess, current: "", turn: Promise.resolve() }, "");
    };
    const opening = session();
    const tab = await Promise.race([opening, deadline(openTimeoutMs)]);
    if (tab) return tab;
    opening.catch(() => undefined); // it fails when its driver is ended
    await end(driverProcess);
    return undefined;
  }

  async close(): Promise<void> {
    if (this.xvfb) await end(this.xvfb);
  }
}

/** Debian keeps it below the multiarch directory, one per API version. */
function findMiniBrowser(): string {
  for (const architecture of readdirSync("/usr/lib")) {
    for (const version of ["4.1", "4.0", "6.0"]) {
      const path = `/usr/lib/${architecture}/webkit2gtk-${version}/MiniBrowser`;
      if (existsSync(path)) return path;
    }
  }
  throw new Error("MiniBrowser is missing: Debian's webkit2gtk-driver and libwebkit2gtk-4.1-0 bring it");
}

/** Resolves when something answers at `url`. */
async function answering(url: string): Promise<void> {
  const deadline = Date.now() + kPatienceMs;
  for (;;) {
    try {
      await (await fetch(url)).text();
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

function deadline(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms).unref()); // never waited for alone
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill();
  await ended;
}
