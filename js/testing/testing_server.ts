// `dialogue-client/testing/server`, for Node: the real server for the tests of an application, and a fixture of Playwright.
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const kLogBytesMax = 1024 * 1024;

/** Options of `startServer`. */
export interface TestServerOptions {
  /** The program: a name that is in `PATH`, or where it is. Default: `dialogue`. */
  readonly program?: string;
  /** Further arguments of `dialogue serve`, such as `["--auth-key", "token.key"]`. The store is in memory by default. */
  readonly args?: readonly string[];
  /** Time limit for the start, in milliseconds: 100 to 600,000. Default: 30,000. */
  readonly timeoutMs?: number;
}

/** A server that runs until `stop`. */
export interface TestServer {
  /** Its address, such as `http://127.0.0.1:43210`. */
  readonly url: string;
  /** A key of the HTTP API with all rights. */
  readonly apiKey: string;
  /** What it has logged, a line of JSON for each event: the newest 1 MiB. */
  log(): string;
  /** Ends the server, and removes its files. Calling it again does nothing. */
  stop(): Promise<void>;
}

/** Throws a TypeError that names the argument. */
function check(fits: unknown, name: string, rule: string): void {
  if (!fits) throw new TypeError(`startServer: ${name} must be ${rule}`);
}

const missing = (name: string) => `the program "${name}" was not found: set the option program, or PATH`;

/** The address that the server says that it listens on, or the error for which it does not. */
function started(program: ChildProcess, name: string, log: () => string, timeoutMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (words: string) => reject(new Error(`startServer: ${words}`));
    const timer = setTimeout(() => fail(`${name} did not listen within ${timeoutMs} ms\n${log()}`), timeoutMs);
    const settled = <T extends unknown[]>(settle: (...args: T) => void) => {
      return (...args: T) => {
        clearTimeout(timer);
        settle(...args);
      };
    };
    const done = settled(resolve);
    const isMissing = ({ code }: NodeJS.ErrnoException) => code === "ENOENT";
    program.stdout!.on("data", () => {
      const url = /listening on (http:[^\s"]+)/.exec(log())?.[1];
      if (url) done(url);
    });
    program.on(
      "error",
      settled((error) => fail(isMissing(error) ? missing(name) : error.message)),
    );
    program.on(
      "exit",
      settled((status) => fail(`${name} ended with ${status}\n${log()}`)),
    );
  });
}

/**
 * Starts `dialogue serve` on a free port of this machine: the real server, whose validator, limits and errors are those of
 * production. `definitions` is the path of an app.json, or what such a file has.
 *
 * @example
 * const server = await startServer("app.json");
 * const client = createDialogueClient({ app, url: server.url, auth: { userId: "ann" } });
 * // …
 * await server.stop();
 */
export async function startServer(definitions: string | object, options: TestServerOptions = {}): Promise<TestServer> {
  const { program: name = "dialogue", args = [], timeoutMs = 30_000 } = options;
  check(
    typeof definitions === "string" || (typeof definitions === "object" && definitions),
    "definitions",
    "a path or an object",
  );
  check(!("catalogue" in Object(definitions)), "definitions", "what app.json has, not the generated module");
  check(typeof name === "string" && name, "program", "a name or a path");
  check(Array.isArray(args) && args.every((each) => typeof each === "string"), "args", "an array of texts");
  check(Number.isSafeInteger(timeoutMs) && timeoutMs >= 100 && timeoutMs <= 600_000, "timeoutMs", "from 100 to 600000");
  const directory = mkdtempSync(join(tmpdir(), "dialogue-test-"));
  const apiKey = randomBytes(32).toString("hex");
  const files = { app: join(directory, "app.json"), key: join(directory, "api.key") };
  writeFileSync(files.key, apiKey, { mode: 0o600 });
  if (typeof definitions === "object") writeFileSync(files.app, JSON.stringify(definitions));
  const app = typeof definitions === "string" ? resolve(definitions) : files.app;
  const store = args.some((each) => /^--store(=|$)/.test(each)) ? [] : ["--store", "memory:"];
  const fixed = ["--listen", "127.0.0.1:0", ...store, "--api-key-file", files.key];
  const program = spawn(name, ["serve", app, ...fixed, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  const keep = (more: Buffer) => (text = (text + more).slice(-kLogBytesMax));
  for (const stream of [program.stdout, program.stderr]) stream.on("data", keep);
  const kill = () => program.kill("SIGKILL");
  process.once("exit", kill); // a test run that breaks off leaves no server
  const stop = async () => {
    process.off("exit", kill);
    if (program.pid !== undefined && program.exitCode === null && program.signalCode === null) {
      program.kill();
      await once(program, "exit");
    }
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    const url = await started(program, name, () => text, timeoutMs);
    return { url, apiKey, log: () => text, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The fixture of `dialogueFixtures`: the server of a worker. */
export interface DialogueFixtures {
  /** A server for all tests of a worker. Give each test a room of its own. */
  dialogue: TestServer;
}

/**
 * A fixture for `test.extend` of Playwright: a server for each worker, which ends with it.
 *
 * @example
 * const test = base.extend<object, DialogueFixtures>(dialogueFixtures("app.json"));
 * test("shows messages", async ({ page, dialogue }) => void (await page.goto(`/?server=${dialogue.url}`)));
 */
export function dialogueFixtures(definitions: string | object, options: TestServerOptions = {}) {
  // Playwright reads the names of other fixtures from the first parameter.
  const serve = async ({}: object, use: (server: TestServer) => Promise<void>): Promise<void> => {
    const server = await startServer(definitions, options);
    await use(server);
    await server.stop();
  };
  const fixture: [typeof serve, { scope: "worker" }] = [serve, { scope: "worker" }];
  return { dialogue: fixture };
}
