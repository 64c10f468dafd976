// The `dialogue` program from outside: help, exit codes, messages, and what its subcommands print.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { app, directoryOf, run } from "./support/program.mjs";

const kCommands = [
  "serve",
  "dev",
  "check",
  "validate",
  "codegen",
  "store",
  "replay",
  "token",
  "keys",
  "bench",
  "tail",
  "publish",
  "rooms",
  "config",
  "health",
  "call",
  "drain",
  "top",
  "why",
  "doctor",
  "audit",
  "erase",
  "export",
  "version",
];
const directory = directoryOf({ "app.json": app });
const definitions = join(directory, "app.json");

test("help lists every subcommand, and each explains itself", () => {
  const help = run(["--help"]);
  assert.equal(help.status, 0);
  for (const command of kCommands) {
    assert.match(help.stdout, new RegExp(`^  ${command} +\\S`, "m"));
    const own = run([command, "--help"]);
    assert.equal(own.status, 0);
    assert.match(own.stdout, new RegExp(`Usage: dialogue ${command}`));
  }
});

test("the help of serve lists flag, environment variable, key and default of a setting", () => {
  const { stdout } = run(["serve", "--help"]);
  assert.match(stdout, /--listen HOST:PORT .*Default: 127\.0\.0\.1:8080\. \[DIALOGUE_LISTEN, "listen"\]/);
  assert.match(stdout, /--allow-origin ORIGIN .*\[DIALOGUE_ALLOW_ORIGIN, "allowOrigin"\]/);
  assert.match(stdout, /--config FILE .*\[DIALOGUE_CONFIG\]/);
});

test("a command line that cannot be understood ends with 2 and the way to the help", () => {
  for (const [args, expected] of [
    [[], /A subcommand is required/],
    [["sevre"], new RegExp(`there is no subcommand "sevre"; there are ${kCommands.join(", ")}`)],
    [["serve", "--prot", "1"], /--prot/],
    [["check"], /app is required/],
    [["serve", "app.json", "--config", ""], /--config: this value is empty/],
  ]) {
    const { status, stdout, stderr } = run(args);
    assert.equal(status, 2, stderr);
    assert.equal(stdout, "");
    assert.match(stderr, expected);
    assert.match(stderr, /dialogue --help/);
  }
});

test("version names the program and the protocol", () => {
  assert.match(run(["version"]).stdout, /^dialogue \d+\.\d+\.\d+ \(protocol 1\)\n$/);
});

test("check accepts good definitions", () => {
  const { status, stdout } = run(["check", definitions]);
  assert.equal(status, 0);
  assert.equal(stdout, `${definitions}: 1 event, 1 room, no fault\n`);
});

test("check lists every fault with line and column, and ends with 1", () => {
  const text = '{\n  "events": {},\n  "rooms": {\n    "chat": { "events": ["nope"], "maxSize": 0 }\n  }\n}\n';
  const bad = join(directoryOf({ "bad.json": text }), "bad.json");
  const { status, stderr } = run(["check", bad]);
  assert.equal(status, 1);
  const lines = stderr.trimEnd().split("\n");
  assert.equal(lines.length, 2);
  for (const line of lines) assert.match(line, /bad\.json:4:\d+: /);
  assert.match(stderr, /nope/);
  assert.match(stderr, /maxSize/);
});

test("F-D20 check warns of patterns that cross, with an id that both match and the one that serves it", () => {
  const rooms = { "g-{a}": { events: [] }, "{a}-g": { events: [] } };
  const crossing = directoryOf({ "crossing.json": { events: {}, rooms } });
  const { status, stderr } = run(["check", join(crossing, "crossing.json")]);
  assert.equal(status, 0);
  assert.match(stderr, /^warning: the rooms g-\{a\} and \{a\}-g both match "g-1-g"; g-\{a\} serves it/m);
  assert.equal(run(["check", definitions]).stderr, "");
});

test("check names the file that it cannot read, with the reason", () => {
  const { status, stderr } = run(["check", "no-such-file.json"]);
  assert.equal(status, 1);
  assert.match(stderr, /^no-such-file\.json: the file cannot be read: No such file or directory\./);
});

test("check --against distinguishes breaking from compatible changes by its exit code", () => {
  const shorter = structuredClone(app);
  shorter.events.message.schema.properties.text.maxLength = 500;
  const roomier = structuredClone(app);
  roomier.rooms.lounge = { events: ["message"] };
  const others = directoryOf({ "shorter.json": shorter, "roomier.json": roomier });

  const breaking = run(["check", join(others, "shorter.json"), "--against", definitions]);
  assert.equal(breaking.status, 1);
  assert.match(breaking.stdout, /breaks .*message.*\$\.text/);
  const harmless = run(["check", join(others, "roomier.json"), "--against", definitions]);
  assert.equal(harmless.status, 0);
  assert.match(harmless.stdout, /lounge/);
  const same = run(["check", definitions, "--against", definitions]);
  assert.equal(same.status, 0);
  assert.match(same.stdout, /Nothing changed since/);
});

test("validate answers each line with one verdict, and ends with 1 when any is invalid", () => {
  const input = '{"text":"hi"}\n{"text":""}\n{"text":1}\n{"text":"x","more":true}\n{}\n{"text":\n';
  const { status, stdout } = run(["validate", definitions, "message"], { input });
  assert.equal(status, 1);
  const verdicts = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    verdicts.slice(0, 5).map(({ valid, code, path }) => (valid ? "valid" : `${code} ${path}`)),
    ["valid", "too_short $.text", "wrong_type $.text", "property_unknown $.more", "required_missing $"],
  );
  assert.equal(verdicts[5].code, "json_syntax");
  assert.equal(stdout.split("\n")[0], '{"valid":true}');
  const { message } = verdicts[1];
  assert.equal(message, "is shorter than 1 character(s)");
  assert.equal(stdout.split("\n")[1], `{"valid":false,"path":"$.text","code":"too_short","message":"${message}"}`);
});

test("validate reads a file, and ends with 0 when all is valid", () => {
  const payloads = join(directoryOf({ "payloads.jsonl": '{"text":"a"}\r\n{"text":"b"}' }), "payloads.jsonl");
  const { status, stdout } = run(["validate", definitions, "message", payloads]);
  assert.equal(status, 0);
  assert.equal(stdout, '{"valid":true}\n{"valid":true}\n');
});

test("validate refuses a payload that no message can carry", () => {
  const input = `{"text":"${"x".repeat(70_000)}"}\n`;
  const verdict = JSON.parse(run(["validate", definitions, "message"], { input }).stdout);
  assert.equal(verdict.code, "payload_too_large");
});

test("validate lists the existing events", () => {
  const { status, stderr } = run(["validate", definitions, "shout"]);
  assert.equal(status, 1);
  assert.match(stderr, /there is no event "shout"\. The definitions have: message\./);
});

test("codegen writes the same TypeScript to a file and to standard output", () => {
  const out = join(directoryOf({}), "app.ts");
  assert.equal(run(["codegen", definitions, "--ts", out]).status, 0);
  const printed = run(["codegen", definitions, "--ts", "-"]);
  assert.equal(printed.status, 0);
  assert.equal(printed.stdout, readFileSync(out, "utf8"));
  assert.match(printed.stdout, /export interface Events/);
});

test("codegen writes the catalogue as bytes, and as a C header with the same bytes", () => {
  const out = directoryOf({});
  assert.equal(run(["codegen", definitions, "--catalogue", join(out, "app.bin"), "--ts", join(out, "app.ts")]).status, 0);
  assert.equal(run(["codegen", definitions, "--catalogue", join(out, "app.hpp")]).status, 0);
  const bytes = [...readFileSync(join(out, "app.bin"))];
  const header = readFileSync(join(out, "app.hpp"), "utf8");
  const numbers = /dialogue_catalogue_bytes\[\] = \{([^}]*)\}/.exec(header)[1].match(/\d+/g).map(Number);
  assert.deepEqual(numbers, bytes);
  const inModule = /catalogue:\s+"([^"]+)"/.exec(readFileSync(join(out, "app.ts"), "utf8"))[1];
  assert.deepEqual([...Buffer.from(inModule, "base64")], bytes);
});

test("codegen reports missing arguments and files that cannot be written", () => {
  const nothing = run(["codegen", definitions]);
  assert.equal(nothing.status, 1);
  assert.match(nothing.stderr, /Add --ts OUT, --catalogue OUT, --asyncapi OUT or --openapi OUT\./);
  const unwritable = run(["codegen", definitions, "--ts", join(directory, "missing", "app.ts")]);
  assert.equal(unwritable.status, 1);
  assert.match(unwritable.stderr, /cannot be written: No such file or directory/);
  assert.ok(!existsSync(join(directory, "missing")));
});
