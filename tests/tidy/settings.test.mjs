// A setting is a member and a row: each row's texts name the member that it reads and writes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { nothing, read } from "./repository.mjs";

const tables = ["server/embed/settings/config_settings.cpp", "server/app/settings/settings.cpp"];

/** { name, member, path } of each row: the flag, the text that names its member, and the member that the code reaches. */
const rowsOf = (table) =>
  [...read(table).matchAll(/^ {4}Row\{"([^"]+)",([\s\S]*?)\},?\n(?= {4}Row\{|\};)/gm)].map(([, name, rest]) => ({
    name,
    member: rest.match(/"([\w.]+_\w+|\w+(?:\.\w+)+)"$/)?.[1] ?? name.replaceAll("-", "_"),
    path: rest
      .match(/kAt<([^>]+)>/)[1]
      .replace(/&\w+::/g, "")
      .replaceAll(", ", "."),
  }));

test("the member that a row names is the one that it reads and writes", () => {
  const [ofConfig, ofProgram] = tables.map(rowsOf);
  assert.ok(ofConfig.length >= 63 && ofProgram.length >= 13, `${ofConfig.length} and ${ofProgram.length} rows`);
  // The program's rows for a secret name the member of Config that the secret goes to.
  const ofSecrets = new Set(["api_keys", "otlp_headers"]);
  nothing(
    [...ofConfig, ...ofProgram]
      .filter(({ member, path }) => member !== path && !ofSecrets.has(member))
      .map(({ name, member, path }) => `${name}: ${member} is ${path}`),
  );
});

test("the program copies no setting by hand", () => {
  const [ofConfig] = tables.map(rowsOf);
  const copied = ["server/app/settings/serve_config.cpp", "server/app/settings/reload.cpp"];
  nothing(
    copied.flatMap((path) =>
      ofConfig
        .filter(({ member }) => new RegExp(`config\\.${member.replaceAll(".", "\\.")} = `).test(read(path)))
        .map(({ name }) => `${path} copies ${name}`),
    ),
  );
});

test("the example of HACKING.md is a row of the table, as it stands", () => {
  const [, example] = read("HACKING.md").match(/### Add a setting[\s\S]*?```cpp\n([\s\S]*?) {3}```/);
  const plain = (text) => text.replace(/\s+/g, " ").trim();
  assert.ok(plain(read(tables[0])).includes(plain(example)), plain(example));
});
