// F-C35: the TypeScript and JavaScript of the guides compiles under strict against the built package, with types that the
// program generates, and runs against a real server without an error that nobody expects. Their JSON definitions are good ones.
// Each snippet is a module as it stands there; what it takes from its page, such as show(), page.d.ts and page.mjs have.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { run, Server } from "../../../tests/server/app/support/program.mjs";
import { guides, root } from "./snippets/guides.mjs";

const js = fileURLToPath(new URL("../..", import.meta.url));
const support = join(js, "test/package/snippets");
const signingSecret = "a secret of the tests that is long enough";
const apiKeySecret = "0123456789abcdef0123456789abcdef";
const deadlineMs = 60_000;
const strictOptions = {
  strict: true,
  target: "ES2022",
  lib: ["ES2022", "DOM", "DOM.Iterable"],
  types: [],
  module: "NodeNext",
  verbatimModuleSyntax: true,
  skipLibCheck: true, // Vite's types want those of Node
};
const notCompiling = / \/\/ does not compile$/;

/** What a command printed, whether it failed or not. */
function printed(command, args, options) {
  try {
    return execFileSync(command, args, { encoding: "utf8", ...options });
  } catch ({ stdout, stderr }) {
    return `${stdout}${stderr}`;
  }
}

/** A token that the server takes, by the program. */
function tokenFor(project, sub, rooms) {
  const claims = rooms ? ["--claim", `rooms=${JSON.stringify(rooms)}`] : [];
  return run(["token", "--sub", sub, "--key-file", join(project, "secret"), ...claims]).stdout.trim();
}

/** A directory with the definitions, what is generated from them, and each snippet as a module of its own. */
function projectOf({ definitions, snippets }) {
  const project = mkdtempSync(join(tmpdir(), "dialogue-snippets-"));
  mkdirSync(join(project, "node_modules"));
  symlinkSync(js, join(project, "node_modules/dialogue-client"));
  symlinkSync(join(js, "server"), join(project, "node_modules/dialogue-server"));
  mkdirSync(join(project, "node_modules/@types"));
  mkdirSync(join(project, "node_modules/@preact"));
  const foreign = [
    "vite",
    "ws",
    "@types/ws",
    "express",
    "@types/express",
    "react",
    "@types/react",
    "@preact/signals-core",
    "y-protocols",
    "y-websocket",
    "yjs",
  ];
  for (const name of foreign) symlinkSync(join(js, "node_modules", name), join(project, "node_modules", name));
  const write = (name, text) => writeFileSync(join(project, name), text);
  write("package.json", '{ "type": "module" }');
  write("tsconfig.json", JSON.stringify({ compilerOptions: strictOptions, include: ["*.ts"] }));
  write("app.json", definitions[0] ?? readFileSync(join(support, "app.json"), "utf8"));
  write("secret", signingSecret);
  write("api.key", apiKeySecret);
  for (const name of ["page.d.ts", "files.d.ts"]) copyFileSync(join(support, name), join(project, name));
  for (const out of ["app.ts", "chat.ts"])
    assert.equal(run(["codegen", join(project, "app.json"), "--ts", join(project, out)]).stderr, "");
  for (const { language, line, code } of snippets.filter(({ generated }) => !generated)) {
    const lines = code.split("\n").flatMap((text) => (notCompiling.test(text) ? ["// @ts-expect-error", text] : [text]));
    write(`line_${line}.${language}`, `${lines.join("\n")}\nexport {};\n`);
  }
  return project;
}

/** The server's own client, for pages without a build. */
async function servedClient(project, url) {
  for (const name of ["client.js", "validator.js"])
    writeFileSync(join(project, name), await (await fetch(`${url}/_dialogue/${name}`)).text());
}

/** The module of one snippet as it runs: with the server's address, and what goes on after it. */
function runnable(project, { line, then }, url) {
  const file = join(project, `line_${line}.js`);
  const lines = readFileSync(file, "utf8")
    .split("\n")
    .filter((text) => !notCompiling.test(text));
  if (then) lines.push(readFileSync(join(support, then), "utf8"));
  const text = lines
    .join("\n")
    .replaceAll("http://127.0.0.1:8080", url)
    .replaceAll("ws://127.0.0.1:8080", url.replace("http", "ws"))
    .replaceAll("/_dialogue/client.js", "./client.js");
  writeFileSync(file, text);
  return { file, text };
}

for (const guide of guides())
  describe(guide.path, () => {
    let project;
    let complaints;
    const servers = {};
    const scripts = guide.snippets.filter(({ generated }) => !generated);

    before(async () => {
      project = projectOf(guide);
      complaints = scripts.length ? printed(join(js, "node_modules/.bin/tsc"), ["-p", join(project, "tsconfig.json")]) : "";
      const open = [join(project, "app.json"), "--listen", "127.0.0.1:0", "--api-key-file", join(project, "api.key")];
      const runs = scripts.filter(({ notRun }) => !notRun);
      if (runs.some(({ tokens }) => !tokens)) servers.open = await Server.start(open);
      if (runs.some(({ tokens }) => tokens))
        servers.tokens = await Server.start([...open, "--auth-key", join(project, "secret")]);
    });
    after(async () => {
      for (const server of Object.values(servers)) await server.stop();
      rmSync(project, { recursive: true, force: true });
    });

    for (const [index, definitions] of guide.definitions.entries())
      test(`F-C35 definitions ${index + 1} of ${guide.path} are good`, () => {
        writeFileSync(join(project, "checked.json"), definitions);
        assert.equal(run(["check", join(project, "checked.json")]).stderr, "");
      });

    for (const { line, code } of guide.snippets.filter(({ generated }) => generated))
      test(`F-C35 ${guide.path}:${line} is what codegen writes`, () => {
        const written = readFileSync(join(project, "app.ts"), "utf8");
        const members = code.match(/"[\w.{}-]+": ?[^;]+|export \w+ \w+/g);
        assert.ok(members.length > 0);
        for (const member of members) assert.ok(written.includes(member), `${member} is not in\n${written}`);
      });

    if (scripts.length === 0) return;
    test(`F-C35 the snippets of ${guide.path} compile under strict`, () => assert.equal(complaints, ""));

    for (const snippet of scripts.filter(({ notRun }) => !notRun))
      test(`F-C35 ${guide.path}:${snippet.line} runs against a server`, async () => {
        const { url } = servers[snippet.tokens ? "tokens" : "open"];
        await servedClient(project, url);
        const { file, text } = runnable(project, snippet, url);
        const { until, reports } = snippet;
        const { rooms: defined } = JSON.parse(readFileSync(join(project, "app.json"), "utf8"));
        const rooms = Object.keys(defined);
        const settings = {
          url,
          until,
          reports,
          rooms,
          onServer: snippet.server,
          needsChat: rooms.includes("chat") && !/const chat\b/.test(text),
          apiKey: apiKeySecret,
          tokens: snippet.tokens
            ? {
                ann: tokenFor(project, "ann"),
                bob: tokenFor(project, "bob"),
                "/chat-token": tokenFor(project, "ann"),
                "/tokens/meeting-7": tokenFor(project, "ann", { "meeting-7": ["join", "history"] }),
                "/tokens/direct-ann~bob": tokenFor(project, "ann", { "direct-ann~bob": ["join", "publish", "history"] }),
              }
            : {},
        };
        const secrets = { CHAT_SECRET: signingSecret, API_KEY: apiKeySecret, HOOKS_SECRET: signingSecret };
        const env = { ...process.env, ...secrets, DIALOGUE_URL: url, API_KEY_FILE: join(project, "api.key") };
        const page = spawn(process.execPath, [join(support, "page.mjs"), file, JSON.stringify(settings)], {
          env,
          timeout: deadlineMs,
        });
        let said = "";
        page.stderr.on("data", (text) => (said += text));
        page.stdout.resume();
        const [status, signal] = await once(page, "close");
        assert.equal(said, "");
        assert.deepEqual(
          [status, signal],
          [0, null],
          `it did not end; it waits until ${until ?? reports ?? "the snippet has run"}`,
        );
      });
  });

test("F-C35 snippets are found, and nearly all of them run", () => {
  const all = guides().flatMap(({ snippets }) => snippets);
  const resting = all.filter(({ notRun, runBy, generated }) => (notRun && !runBy) || generated);
  assert.ok(all.length > 20 && resting.length < all.length / 5, `${resting.length} of ${all.length} are not run`);
});

test("F-C35 a snippet that another test runs is read there", () => {
  const elsewhere = guides().flatMap(({ path, snippets }) =>
    snippets.filter(({ runBy }) => runBy).map(({ runBy, line }) => ({ runBy, path, line })),
  );
  assert.ok(elsewhere.length > 0);
  for (const { runBy, path, line } of elsewhere)
    assert.ok(
      readFileSync(join(root, runBy), "utf8").includes(`"${basename(path)}"`),
      `${path}:${line}: ${runBy} does not read ${path}`,
    );
});
