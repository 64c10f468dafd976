// `dialogue config`: which settings are in force, where each comes from, and what a change of it needs.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { directoryOf, run } from "../support/program.mjs";

const directory = directoryOf({ "dialogue.json": { logLevel: "debug", httpMessages: 7 } });
const file = join(directory, "dialogue.json");
const settings = (args, env) => {
  const { status, stdout, stderr } = run(["config", "--json", ...args], { env });
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout);
};

test("P-49 each setting has its value, its source, and whether a change is hot", () => {
  const all = settings(["--config", file, "--drain-ms", "900"], { DIALOGUE_ALLOW_ORIGIN: "https://a.example,https://b.example" });
  assert.deepEqual(all.drainMs, { value: "900", source: "--drain-ms", change: "restart" });
  assert.deepEqual(all.allowOrigin, {
    value: "https://a.example,https://b.example",
    source: "DIALOGUE_ALLOW_ORIGIN",
    change: "hot",
  });
  assert.match(all.httpMessages.source, /dialogue\.json:1:\d+$/);
  assert.deepEqual([all.httpMessages.value, all.logLevel.value], ["7", "debug"]);
  assert.deepEqual(all.listen, { value: "127.0.0.1:8080", source: "default", change: "restart" });
});

test("the earlier source wins: flag, environment, file", () => {
  const env = { DIALOGUE_LOG_LEVEL: "warn" };
  assert.deepEqual(settings(["--config", file, "--log-level", "error"], env).logLevel.value, "error");
  assert.deepEqual(settings(["--config", file], env).logLevel, { value: "warn", source: "DIALOGUE_LOG_LEVEL", change: "hot" });
});

test("the table has a line for every setting of the help, with its columns in line", () => {
  const { stdout } = run(["config"]);
  const lines = stdout.trimEnd().split("\n");
  const help = run(["serve", "--help"]).stdout;
  assert.equal(lines.length, [...help.matchAll(/\[DIALOGUE_\w+, "/g)].length);
  assert.equal(new Set(lines.map((line) => line.search(/(hot|restart)$/))).size, 1);
});

test("what serve would refuse is refused here, too", () => {
  const { status, stderr } = run(["config", "--log-level", "loud"]);
  assert.equal(status, 1);
  assert.match(stderr, /--log-level.*loud/);
});
