// The table of log events (scripts/generate/log_events.mjs) against the code: each event with its levels, and the fields of those
// that the core logs. What lines a running server writes: tests/server/app/traces/log_events.test.mjs.
import assert from "node:assert/strict";
import { test } from "node:test";
import { logEvents } from "../../scripts/generate/log_events.mjs";
import { cpp, read } from "./repository.mjs";

const sources = cpp.filter((path) => path.startsWith("server/") && !path.startsWith("server/load/"));
const table = new Map(
  Object.values(logEvents)
    .flat()
    .map(([name, levels, fields]) => [name, { levels: levels.split(" "), fields: fields.split(" ").filter(Boolean) }]),
);

// An event is named beside its level, or given to a helper that has the level.
const kBesideLevel = /LogLevel::(debug|info|warn|error)[^;"]{0,60}?,\s*"([a-z][a-z_]+)"/g;
const kChosenLevel = /\?\s*(?:core::)?LogLevel::(\w+)\s*:\s*(?:core::)?LogLevel::(\w+),\s*"([a-z_]+)"/g;
const kHelpers = [
  { path: "server/host/listener.cpp", level: "warn", call: /\bwarn\("([a-z_]+)"/g },
  { path: "server/app/commands/serve_command.cpp", level: "warn", call: /\bwarn\(\s*"([a-z_]+)"/g },
  { path: "server/app/settings/reload.cpp", level: "info", call: /\bchanged\("([a-z_]+)"/g },
  { path: "server/store/guard/guarded_store.cpp", level: "error", call: /\bbreak_off\("([a-z_]+)"/g },
];
// The core's own form: its fields are literals.
const kWithFields = /effects_?\.log\(\s*LogLevel::\w+,\s*"([a-z_]+)",\s*\{((?:[^{};]|\{[^{};]*\})*)\}\)/g;

const logged = new Map();
const note = (name, level, path) => {
  if (!logged.has(name)) logged.set(name, { levels: new Set(), path });
  logged.get(name).levels.add(level);
};
for (const path of sources) {
  const text = read(path);
  for (const [, level, name] of text.matchAll(kBesideLevel)) note(name, level, path);
  for (const [, one, other, name] of text.matchAll(kChosenLevel)) for (const level of [one, other]) note(name, level, path);
  for (const { level, call } of kHelpers.filter((each) => each.path === path))
    for (const [, name] of text.matchAll(call)) note(name, level, path);
}

test("the table has each event that the code logs, with its levels, and no other", () => {
  assert.ok(logged.size > 60, `${logged.size} events found`);
  for (const [name, { levels, path }] of logged) {
    assert.ok(table.has(name), `${path} logs ${name}, which scripts/generate/log_events.mjs does not have`);
    assert.deepEqual([...levels].sort(), [...table.get(name).levels].sort(), `${name} in ${path}`);
  }
  for (const name of table.keys()) assert.ok(logged.has(name), `nothing logs ${name}`);
});

test("an event that the core logs has the fields that the table says", () => {
  let compared = 0;
  for (const path of sources)
    for (const [, name, fields] of read(path).matchAll(kWithFields)) {
      const said = [...fields.matchAll(/\{\s*"([a-z_]+)"/g)].map(([, field]) => field);
      const known = table.get(name).fields;
      for (const field of said)
        assert.ok(
          known.some((each) => each.replace("?", "") === field),
          `${name} has no ${field}`,
        );
      for (const field of known) if (!field.endsWith("?")) assert.ok(said.includes(field), `${path}: ${name} lacks ${field}`);
      compared += 1;
    }
  assert.ok(compared > 15, `${compared} calls found`);
});

test("each row says what the event means, and a warning or error what to do", () => {
  const unsaid = [];
  for (const [name, levels, , meaning, advice] of Object.values(logEvents).flat())
    if (!meaning.endsWith(".") || (levels === "error" && !advice)) unsaid.push(name);
  assert.deepEqual(unsaid, []);
});
