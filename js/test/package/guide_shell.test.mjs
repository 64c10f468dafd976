// F-G: the shell lines of the README and the guides run in their order, in a directory of the files that a reader has. What
// cannot is listed in snippets/code.mjs, with the reason.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { freePort } from "../../../e2e/crash/parts/server.mjs";
import { binary } from "../../../tests/server/app/support/program.mjs";
import { prepared } from "./snippets/code.mjs";
import { directoryFor, finished, rests, support } from "./snippets/guide_kit.mjs";
import { guidesWithCode } from "./snippets/guides.mjs";

/** All blocks as one script, as a reader types them, each announced by its line. */
async function runShell(guide, blocks) {
  const directory = await directoryFor(guide);
  const written = blocks.map(
    ({ line, code }) => `echo "--- ${guide.path}:${line}" >&2\n${code.replaceAll("build/release/bin/dialogue", "dialogue")}`,
  );
  const tcpPort = String(await freePort());
  const script = [readFileSync(join(support, "shell.sh"), "utf8"), prepared[guide.path] ?? "", ...written, "finish"]
    .join("\n")
    .replaceAll("8090", tcpPort);
  const env = { ...process.env, REAL: binary, PORT: String(await freePort()), BENCH_CLIENTS: "20" };
  for (const name of Object.keys(env)) if (name.startsWith("DIALOGUE_")) delete env[name];
  await finished("bash", ["-c", script], { cwd: directory, env });
}

for (const guide of guidesWithCode()) {
  const blocks = guide.fences.filter((fence) => fence.language === "sh" && !rests(fence));
  if (blocks.length) test(`F-G the shell lines of ${guide.path} run in their order`, () => runShell(guide, blocks));
}

test("F-G a command that fails in a guide fails the test, with its line", async () => {
  const guide = { path: "README.md", fences: [] };
  const failing = runShell(guide, [{ line: 7, code: "dialogue check missing.json" }]);
  await assert.rejects(failing, /--- README\.md:7[\s\S]*missing\.json/);
});
