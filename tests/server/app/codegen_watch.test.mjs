// `dialogue codegen --watch`: what is generated follows the definitions.
import assert from "node:assert/strict";
import { existsSync, readFileSync, renameSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { app, directoryOf, run, Server } from "./support/program.mjs";

const kGenerated = /^generated from .*app\.json; waiting for a change$/;

/** Starts it on definitions of its own: the running program, and the two files. */
async function watching(definitions = app, ready = kGenerated) {
  const directory = directoryOf({ "app.json": definitions });
  const [file, out] = [join(directory, "app.json"), join(directory, "app.ts")];
  const program = await Server.start([file, "--ts", out, "--watch"], { command: "codegen", ready });
  return { program, file, out };
}

/** Does something, and gives the first line that matches and comes after. */
async function after(program, pattern, act) {
  const line = program.printed(pattern, { anew: true });
  act();
  return line;
}

const withRoom = (name) => JSON.stringify({ ...app, rooms: { ...app.rooms, [name]: { events: ["message"] } } });

test("F-C33 codegen --watch generates immediately, and again when the definitions are written", async () => {
  const { program, file, out } = await watching();
  assert.match(readFileSync(out, "utf8"), /"chat": "message"/);
  await after(program, kGenerated, () => writeFileSync(file, withRoom("lounge")));
  assert.match(readFileSync(out, "utf8"), /"lounge": "message"/);
  await program.stop();
});

test("F-C33 codegen --watch follows a file that an editor replaces, or removes for a while", async () => {
  const { program, file, out } = await watching();
  writeFileSync(`${file}.new`, withRoom("lounge"));
  await after(program, kGenerated, () => renameSync(`${file}.new`, file));
  assert.match(readFileSync(out, "utf8"), /lounge/);
  await after(program, /cannot be read/, () => unlinkSync(file));
  await after(program, kGenerated, () => writeFileSync(file, withRoom("attic")));
  assert.match(readFileSync(out, "utf8"), /attic/);
  await program.stop();
});

test("F-C33 codegen --watch reports faults in the definitions, keeps the generated module, and continues", async () => {
  const { program, file, out } = await watching();
  const before = readFileSync(out, "utf8");
  const said = program.printed(/nothing was generated; waiting for a change of /, { anew: true });
  assert.match(await after(program, /app\.json:\d+:\d+: /, () => writeFileSync(file, '{ "events": 1, "rooms": {} }')), /events/);
  await said;
  assert.equal(readFileSync(out, "utf8"), before);
  await after(program, kGenerated, () => writeFileSync(file, withRoom("lounge")));
  assert.match(readFileSync(out, "utf8"), /lounge/);
  await program.stop();
});

test("F-C33 codegen --watch may begin with broken definitions", async () => {
  const { program, file, out } = await watching("{", /nothing was generated/);
  assert.ok(!existsSync(out));
  await after(program, kGenerated, () => writeFileSync(file, withRoom("lounge")));
  assert.match(readFileSync(out, "utf8"), /lounge/);
  await program.stop();
});

test("F-C33 an equal module is not written again, so that bundlers do not rebuild", async () => {
  const { program, file, out } = await watching();
  const { mtimeNs } = statSync(out, { bigint: true });
  await after(program, kGenerated, () => writeFileSync(file, JSON.stringify(app, null, 2)));
  assert.equal(statSync(out, { bigint: true }).mtimeNs, mtimeNs);
  await program.stop();
});

test("F-C33 codegen --watch ends in order at SIGINT and SIGTERM", async () => {
  for (const signal of ["SIGINT", "SIGTERM"]) {
    const { program } = await watching();
    assert.deepEqual(await program.stop(signal), [0, null]);
  }
});

test("F-C33 codegen --watch refuses what it cannot do again", () => {
  const file = join(directoryOf({ "app.json": app }), "app.json");
  const printed = run(["codegen", file, "--ts", "-", "--watch"]);
  assert.equal(printed.status, 1);
  assert.match(printed.stderr, /standard output cannot be watched\. Name a file instead of -\./);
  const nameless = run(["codegen", "--openapi", join(directoryOf({}), "openapi.json"), "--watch"]);
  assert.equal(nameless.status, 1);
  assert.match(nameless.stderr, /no file to watch was named/);
  const nothing = run(["codegen", file, "--watch"]);
  assert.equal(nothing.status, 1);
  assert.match(nothing.stderr, /Add --ts OUT/);
});
