// The examples of docs/guides/http-api.md, run as they stand there.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { key, useApiServer } from "./api.mjs";

const guide = readFileSync(fileURLToPath(new URL("../../docs/guides/http-api.md", import.meta.url)), "utf8");
const directory = mkdtempSync(join(tmpdir(), "dialogue-guide-"));
const keyFile = join(directory, "api.key");
writeFileSync(keyFile, `${key}\n`);
after(() => rmSync(directory, { recursive: true, force: true }));

const server = useApiServer();
const run = async (command, args) => {
  const env = { ...process.env, API_KEY_FILE: keyFile, DIALOGUE_URL: server.url };
  return (await promisify(execFile)(command, args, { cwd: directory, env, encoding: "utf8" })).stdout;
};
const snippets = (language) =>
  [...guide.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, "g"))].map(([, text]) => text);

for (const [language, file, command] of [
  ["js", "publish.mjs", process.execPath],
  ["python", "publish.py", "python3"],
])
  test(`the guide's ${language} example publishes, once for one key`, async () => {
    writeFileSync(join(directory, file), snippets(language)[0]);
    for (const isAgain of [false, true]) {
      const output = await run(command, [file]);
      assert.match(output, isAgain ? /duplicate"?: true/ : /duplicate"?: false/);
    }
  });

test("the guide's shell lines do what they say", async () => {
  const at = (text) => text.replaceAll("http://127.0.0.1:8080", server.url).replaceAll("curl ", "curl -sS ");
  const [, publishing, asUser, batch, toUser, managing] = snippets("sh");
  assert.equal(JSON.parse(await run("bash", ["-c", at(publishing)])).room, "chat");
  for (const duplicate of [false, true]) assert.equal(JSON.parse(await run("bash", ["-c", at(asUser)])).duplicate, duplicate);
  const { results } = JSON.parse(await run("bash", ["-c", at(batch)]));
  assert.deepEqual(
    results.map(({ receipt }) => receipt.room),
    ["chat", "game-7"],
  );
  assert.deepEqual(JSON.parse(await run("bash", ["-c", at(toUser)])), { connections: 0 });
  const managed = await run("bash", ["-c", at(managing).replaceAll(/^api "/gm, 'echo; api "')]);
  const answers = managed
    .trim()
    .split("\n")
    .map((line) => line && JSON.parse(line));
  assert.ok(
    answers.every((answer) => answer.status === undefined),
    managed,
  );
  assert.ok(answers.some((answer) => answer.id === "party"));
});
