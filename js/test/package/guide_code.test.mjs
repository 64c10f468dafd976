// F-G: the JSON, Python and C++ of the README and the guides does what it says: C++ compiles against the headers, Python runs,
// JSON is read by what reads it. What cannot is listed in snippets/code.mjs, with the reason.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { binary, Server } from "../../../tests/server/app/support/program.mjs";
import { around, resting, restingLanguages } from "./snippets/code.mjs";
import { directoryFor, emptyDirectory, finished, rests, signingSecret, support } from "./snippets/guide_kit.mjs";
import { guidesWithCode, root } from "./snippets/guides.mjs";

const scripts = ["ts", "js"]; // snippets.test.mjs

const everyHeader = "dialogue/dialogue.hpp";
const places = ["", "server/include", "examples/store-adapter"].map((place) => `-I${join(root, place)}`);
const cpp = ["-std=c++20", "-Wall"];

/** The directory in which g++ finds the precompiled header of all of the library, which most blocks include. */
let precompiled;
before(async () => {
  precompiled = emptyDirectory();
  mkdirSync(join(precompiled, "dialogue"));
  const header = join(root, "server/include", everyHeader);
  writeFileSync(join(precompiled, everyHeader), `#include "${header}"\n`); // where another include comes before it
  await finished("g++", [...cpp, ...places, "-x", "c++-header", header, "-o", join(precompiled, `${everyHeader}.gch`)]);
});

/** One translation unit: includes first, a precompiled one before others, then what is around the block. */
function unitOf(code) {
  const row = around.find(({ match }) => match.test(code));
  const isInclude = (line) => line.startsWith("#include");
  const lines = code.split("\n");
  const body = lines.filter((line) => !isInclude(line)).join("\n");
  const includes = [...lines.filter(isInclude), ...(row ? [`#include <${everyHeader}>`, "#include <dialogue/async.hpp>"] : [])];
  return [
    ...includes.filter((line) => line.includes(everyHeader)),
    ...includes.filter((line) => !line.includes(everyHeader)),
    row?.outside ?? "",
    ...(row?.given ? [`void snippet(${row.given}) {`, body, "}"] : [body]),
  ].join("\n");
}

async function compile(code) {
  const directory = emptyDirectory();
  const file = join(directory, "snippet.cpp");
  // A block that goes on from one before it has that one's header.
  const unit = unitOf(code);
  writeFileSync(file, /#include <dialogue/.test(unit) ? unit : `#include <dialogue/define.hpp>\n${unit}`);
  await finished("g++", [...cpp, "-fsyntax-only", `-I${precompiled}`, ...places, file]);
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
  if (!["cpp", "json", "python"].some((language) => of(language).length)) continue;
  describe(guide.path, () => {
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
