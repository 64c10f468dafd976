// What a reload would change, before it does: `dialogue check --reload` and POST /api/v1/reload.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { app, directoryOf, run, Server } from "../support/program.mjs";

const key = (scopes) => `operator ${scopes} 0123456789abcdef0123456789abcdef`;
const env = { RELOAD_KEYS: key("admin"), RELOAD_KEY: "0123456789abcdef0123456789abcdef" };

function place() {
  const directory = directoryOf({ "app.json": app, "keys.txt": "" });
  const file = join(directory, "dialogue.json");
  const write = (settings) =>
    writeFileSync(
      file,
      JSON.stringify({ app: join(directory, "app.json"), listen: "127.0.0.1:0", apiKeyEnv: ["RELOAD_KEYS"], ...settings }),
    );
  write({});
  return { write, file, directory };
}

const start = (file, more = {}) => Server.start(["--config", file], { env: { ...env, ...more } });

async function reload(url, query = "", token = env.RELOAD_KEY) {
  const headers = { authorization: `Bearer ${token}` };
  const answer = await fetch(`${url}/api/v1/reload${query}`, { method: "POST", headers });
  return { status: answer.status, ...(await answer.json()) };
}

const preview = (url) => run(["check", "--reload", "--server", url, "--key-env", "RELOAD_KEY"], { env });

test("P-47 a preview names each change and what it needs, and changes nothing", async () => {
  const { write, file, directory } = place();
  const server = await start(file);
  assert.equal(preview(server.url).stdout, "A reload would change nothing.\n");
  write({ logLevel: "debug", drainMs: 900, allowOrigin: ["https://a.example"] });
  const changes = [
    { key: "allowOrigin", before: "", now: "https://a.example", change: "hot" },
    { key: "drainMs", before: "1000", now: "900", change: "restart" },
    { key: "logLevel", before: "info", now: "debug", change: "hot" },
  ];
  const { status, ...diff } = await reload(server.url, "?dry_run=true");
  assert.equal(status, 200);
  assert.deepEqual(diff, { applied: false, changes, contents: [] });
  const shown = preview(server.url);
  assert.equal(shown.status, 0, shown.stderr);
  assert.equal(
    shown.stdout,
    "allowOrigin: - -> https://a.example (hot)\ndrainMs: 1000 -> 900 (restart)\nlogLevel: info -> debug (hot)\n",
  );
  const { port } = new URL(server.url);
  for (const settings of [
    ["--listen", `0.0.0.0:${port}`],
    ["--config", join(directory, "elsewhere.json")],
  ]) {
    writeFileSync(join(directory, "elsewhere.json"), JSON.stringify({ listen: `127.0.0.1:${port}` }));
    const found = run(["check", "--reload", ...settings, "--key-env", "RELOAD_KEY"], { env });
    assert.equal(found.stdout, shown.stdout, found.stderr);
  }
  assert.ok(!server.lines.some((line) => /setting_reloaded|"reloaded"/.test(line)));

  const applied = await reload(server.url);
  assert.deepEqual([applied.applied, applied.changes], [true, changes]);
  await server.printed(/setting_reloaded/);
  const after = await reload(server.url, "?dry_run=true"); // what needs a restart is said again
  assert.deepEqual(after.changes, [changes[1]]);
  await server.stop();
});

test("P-49 what a reload would refuse is refused by the preview, with the reason, and exit code 1", async () => {
  const { write, file, directory } = place();
  const server = await start(file);
  write({ authKey: [join(directory, "missing.pem")] });
  const refused = preview(server.url);
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /422 .*missing\.pem/);
  assert.equal((await reload(server.url)).status, 422);
  write({ handshakes: "many" });
  assert.match(preview(server.url).stderr, /"handshakes" takes a whole number/);
  write({ allowOrigin: ["https://a.example"], handshakes: 5 });
  assert.match(preview(server.url).stdout, /handshakes: 1000 -> 5 \(hot\)/);
  await server.stop();
});

test("a URL that is refused keeps its password and its query to itself, in the log, the answer and the preview", async () => {
  const { write, file } = place();
  const server = await start(file);
  for (const settings of [
    { hooksUrl: "ftp://me:SECRET@h/x" },
    { hooksUrl: "me:SECRET@h/x?key=SECRET" },
    { otlpEndpoint: "https://h/x?key=SECRET" },
    { authJwks: ["https://me:SECRET@h/jwks.json"] },
  ]) {
    write(settings);
    const { status, detail } = await reload(server.url);
    const said = [detail, preview(server.url).stderr, run(["check", "--config", file], { env }).stderr];
    const line = await server.tell("SIGHUP", /reload_refused/);
    assert.equal(status, 422);
    for (const text of [...said, line]) {
      assert.match(text, /\*\*\*/);
      assert.doesNotMatch(text, /SECRET/);
    }
  }
  await server.stop();
  write({});
  const { stderr } = run(["check", "--config", file, "--store", "postgres://me:SECRET@h/db"], { env });
  assert.match(stderr, /postgres:\/\/\*\*\*@h\/db/);
  assert.doesNotMatch(stderr, /SECRET/);
});

test("a reload that the API refuses is in the log, as after SIGHUP, and a body is refused instead of ignored", async () => {
  const { write, file } = place();
  const server = await start(file);
  write({ logLevel: "error", otlpEndpoint: "nowhere" });
  const logged = server.printed(/reload_refused/, { anew: true });
  const { status, detail } = await reload(server.url);
  assert.equal(status, 422);
  const line = JSON.parse(await logged);
  assert.deepEqual([line.level, line.message.startsWith(detail)], ["error", true]);
  assert.equal((await reload(server.url, "?dry_run=true")).status, 422); // says it, and logs nothing
  write({ logLevel: "error" });
  const headers = { authorization: `Bearer ${env.RELOAD_KEY}`, "content-type": "application/json" };
  const refused = await fetch(`${server.url}/api/v1/reload`, { method: "POST", headers, body: '{"dry_run":true}' });
  const said = await refused.json();
  assert.deepEqual([refused.status, said.code], [422, "request_invalid"]);
  assert.match(said.detail, /takes no body/);
  const { changes } = await reload(server.url);
  assert.deepEqual(
    changes.map(({ key: name }) => name),
    ["logLevel"],
  );
  await server.stop();
});

test("while the settings are read for one request, another is asked to retry", async () => {
  const { file } = place();
  const server = await start(file);
  const settings = readFileSync(file);
  rmSync(file);
  execFileSync("mkfifo", [file]);
  const ask = async () => {
    const headers = { authorization: `Bearer ${env.RELOAD_KEY}` };
    const answer = await fetch(`${server.url}/api/v1/reload`, { method: "POST", headers });
    return { status: answer.status, again: answer.headers.get("retry-after"), ...(await answer.json()) };
  };
  const all = [ask(), ask()]; // one of them waits for the pipe
  const { status, code, again } = await Promise.race(all);
  assert.deepEqual([status, code, again], [429, "rate_limited", "1"]);
  await writeFile(file, settings);
  assert.deepEqual((await Promise.all(all)).map((answer) => answer.status).sort(), [200, 429]);
  await server.stop();
});

test("P-48 changed keys of a file are named, and not shown", async () => {
  const { write, file, directory } = place();
  const keys = join(directory, "keys.txt");
  writeFileSync(keys, `${key("admin")}\n`);
  write({ apiKeyEnv: [], apiKeyFile: [keys] });
  const server = await start(file);
  writeFileSync(keys, `${key("admin")}\nother read fedcba9876543210fedcba9876543210\n`);
  const { contents, changes } = await reload(server.url, "?dry_run=true");
  assert.deepEqual([contents, changes], [["apiKeys"], []]);
  const { stdout } = preview(server.url);
  assert.equal(stdout, "the keys of the HTTP API: changed (hot)\n");
  assert.equal((await reload(server.url, "", "fedcba9876543210fedcba9876543210")).status, 401);
  await reload(server.url);
  assert.equal((await reload(server.url, "", "fedcba9876543210fedcba9876543210")).status, 403); // known now, without the scope
  await server.stop();
});
