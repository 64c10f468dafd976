// F-G: the shell, JSON, Python and C++ of the README and the guides does what it says: shell blocks run in their order, in a
// directory of the files that a reader has; C++ compiles against the headers; Python runs; JSON is read by what reads it.
// What cannot is listed in snippets/code.mjs, with the reason.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { promisify } from "node:util";
import { freePort } from "../../../e2e/crash/parts/server.mjs";
import { binary, Server } from "../../../tests/server/app/support/program.mjs";
import { around, prepared, resting, restingLanguages } from "./snippets/code.mjs";
import { guidesWithCode, root } from "./snippets/guides.mjs";

const signingSecret = "a secret of the tests that is long enough";
const deadlineMs = 300_000;
const scripts = ["ts", "js"]; // snippets.test.mjs
const support = join(root, "js/test/package/snippets");
const directories = [];
after(() => {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

const rests = ({ language, code, notRun, definitions }) =>
  notRun || definitions || resting.some((row) => row.language === language && row.match.test(code));

/** Runs to the end: { stdout, stderr }, or throws with both. */
const finished = (command, args, options) =>
  promisify(execFile)(command, args, { encoding: "utf8", timeout: deadlineMs, ...options }).catch((error) => {
    throw new Error(`${command} ended with ${error.code ?? error.signal}\n${error.stdout}${error.stderr}`);
  });

/** A directory as the guide's reader has it. */
async function directoryFor({ path, fences }) {
  const directory = mkdtempSync(join(tmpdir(), "dialogue-guide-"));
  directories.push(directory);
  const write = (name, text) => writeFileSync(join(directory, name), text);
  write("app.json", fences.find(({ definitions }) => definitions)?.code ?? readFileSync(join(support, "app.json"), "utf8"));
  write("jwt.key", signingSecret);
  mkdirSync(join(directory, "web"));
  write("web/index.html", "<!doctype html><title>A page</title>");
  for (const name of ["examples", "bench"]) symlinkSync(join(root, name), join(directory, name));
  mkdirSync(join(directory, "build/release/bin"), { recursive: true });
  symlinkSync(binary, join(directory, "build/release/bin/dialogue"));
  if (fences.some(({ code }) => code.includes("privkey.pem"))) {
    const made = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30"];
    const files = ["-subj", "/CN=localhost", "-keyout", join(directory, "privkey.pem"), "-out", join(directory, "fullchain.pem")];
    await finished("openssl", [...made, ...files]);
  }
  assert.ok(existsSync(join(root, path)));
  return directory;
}

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

/** One translation unit: includes first, then what is around the block. */
function unitOf(code) {
  const row = around.find(({ match }) => match.test(code));
  const isInclude = (line) => line.startsWith("#include");
  const lines = code.split("\n");
  const body = lines.filter((line) => !isInclude(line)).join("\n");
  return [
    ...lines.filter(isInclude),
    ...(row ? ["#include <dialogue/dialogue.hpp>", "#include <dialogue/async.hpp>", row.outside ?? ""] : []),
    ...(row?.given ? [`void snippet(${row.given}) {`, body, "}"] : [body]),
  ].join("\n");
}

async function compile(code) {
  const directory = mkdtempSync(join(tmpdir(), "dialogue-guide-"));
  directories.push(directory);
  const file = join(directory, "snippet.cpp");
  // A block that goes on from one before it has that one's header.
  const unit = unitOf(code);
  writeFileSync(file, /#include <dialogue/.test(unit) ? unit : `#include <dialogue/define.hpp>\n${unit}`);
  const places = [root, join(root, "server/include"), join(root, "examples/store-adapter")].map((place) => `-I${place}`);
  await finished("g++", ["-std=c++20", "-fsyntax-only", "-Wall", ...places, file]);
}

/** JSON is tried by the program where that reads such a file, or such a part of one. */
async function readJson(guide, { code }) {
  const directory = await directoryFor(guide);
  const put = (value) => writeFileSync(join(directory, "app.json"), JSON.stringify(value));
  const app = () => JSON.parse(readFileSync(join(directory, "app.json"), "utf8"));
  const isPart = code.startsWith('"');
  const value = JSON.parse(isPart ? `{${code}}` : code);
  if (isPart && "clientLimits" in value) put({ ...app(), ...value });
  else if (isPart) put({ ...app(), rooms: { ...app().rooms, ...value } });
  else if ("app" in value) {
    writeFileSync(join(directory, "settings.json"), code);
    return void (await finished(binary, ["check", "app.json", "--config", "settings.json"], { cwd: directory }));
  }
  await finished(binary, ["check", "app.json"], { cwd: directory });
}

async function runPython(guide, { code }) {
  const directory = await directoryFor(guide);
  const python = async (lines) => {
    writeFileSync(join(directory, "snippet.py"), lines.join("\n"));
    const env = { ...process.env, CHAT_SECRET: signingSecret };
    return (await finished("python3", ["snippet.py"], { cwd: directory, env })).stdout.trim();
  };
  if (code.includes("def chat_token")) {
    const token = await python([code, 'print(chat_token("carol", "Carol"))']);
    const server = await Server.start([join(directory, "app.json"), "--auth-key", join(directory, "jwt.key")]);
    const { stdout } = await finished(process.execPath, [join(support, "join.mjs"), server.url, token]);
    await server.stop();
    assert.equal(stdout.trim(), "carol");
    return;
  }
  assert.match(code, /def is_signed/, "snippets/code.mjs does not know this block");
  const signed = "f\"t={now},v1={hmac.new(SECRET, str(now).encode() + b'.{}', hashlib.sha256).hexdigest()}\"";
  const said = await python([
    `SECRET = b"${signingSecret}"`,
    code,
    "now = int(time.time())",
    `print(is_signed(${signed}, b"{}"), is_signed(${signed}, b"[]"), is_signed(f"t={now},v1=00", b"{}"), is_signed(None, b"{}"))`,
  ]);
  assert.equal(said, "True False False False");
}

const all = guidesWithCode();

for (const guide of all) {
  const blocks = guide.fences.filter((fence) => !rests(fence));
  const of = (language) => blocks.filter((block) => block.language === language);
  if (!["sh", "cpp", "json", "python"].some((language) => of(language).length)) continue;
  describe(guide.path, () => {
    const shell = of("sh");
    if (shell.length) test(`F-G the shell lines of ${guide.path} run in their order`, () => runShell(guide, shell));
    for (const block of of("cpp")) test(`F-G ${guide.path}:${block.line} compiles`, () => compile(block.code));
    for (const block of of("json")) test(`F-G ${guide.path}:${block.line} is read`, () => readJson(guide, block));
    for (const block of of("python")) test(`F-G ${guide.path}:${block.line} runs`, () => runPython(guide, block));
  });
}

test("F-G every block is of a language that is tried, or rests for a reason", () => {
  const known = [...scripts, "sh", "cpp", "json", "python", ...Object.keys(restingLanguages)];
  const fences = all.flatMap(({ path, fences }) => fences.map((fence) => ({ path, ...fence })));
  const unknown = fences.filter(({ language }) => !known.includes(language));
  assert.deepEqual(
    unknown.map(({ path, line, language }) => `${path}:${line} ${language}`),
    [],
  );
  const tried = fences.filter((fence) => ["sh", "cpp", "json", "python"].includes(fence.language));
  const idle = tried.filter(rests);
  assert.ok(tried.length > 40 && idle.length < tried.length / 3, `${idle.length} of ${tried.length} are not tried here`);
  assert.ok([...Object.values(restingLanguages), ...resting.map(({ reason }) => reason)].every((reason) => reason.length > 10));
});

test("F-G a command that fails in a guide fails the test, with its line", async () => {
  const guide = { path: "README.md", fences: [] };
  const failing = runShell(guide, [{ line: 7, code: "dialogue check missing.json" }]);
  await assert.rejects(failing, /--- README\.md:7[\s\S]*missing\.json/);
});
