// F-C33: the plugin of `dialogue-client/vite` in the real Vite, with the real program: a build, and a dev server whose pages hear
// what happens to the definitions.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { EventEmitter, on, once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import * as vite from "vite";
import { WebSocket } from "ws";
import { app, binary, Server } from "../../../tests/server/app/support/program.mjs";
import { createDialogueClient } from "../../dist/index.js";
import { dialogue } from "../../dist/vite.js";

const js = fileURLToPath(new URL("../..", import.meta.url));
const deadlineMs = 30_000;
const brokenDefinitions = '{ "events": 1, "rooms": {} }';
const leftOver = [];
after(async () => {
  for (const end of leftOver.reverse()) await end();
});

const withRoom = (name) => JSON.stringify({ ...app, rooms: { ...app.rooms, [name]: { events: ["message"] } } });

/** A project whose page shows the fingerprint of its definitions. */
function projectOf(definitions = JSON.stringify(app)) {
  const root = mkdtempSync(join(tmpdir(), "dialogue-vite-"));
  leftOver.push(() => rmSync(root, { recursive: true, force: true }));
  mkdirSync(join(root, "node_modules"));
  mkdirSync(join(root, "src"));
  for (const [name, target] of [
    ["dialogue-client", js],
    ["vite", join(js, "node_modules/vite")],
  ])
    symlinkSync(target, join(root, "node_modules", name));
  writeFileSync(join(root, "package.json"), '{ "type": "module" }');
  writeFileSync(join(root, "app.json"), definitions);
  writeFileSync(join(root, "index.html"), '<script type="module" src="/src/main.ts"></script>');
  writeFileSync(join(root, "src/main.ts"), 'import { app } from "./gen/app.js";\ndocument.title = app.fingerprint;\n');
  return { root, file: join(root, "app.json"), out: join(root, "src/gen/app.ts") };
}

const plugin = (more) => dialogue({ definitions: "app.json", out: "src/gen/app.ts", program: binary, ...more });
const common = (root, more) => ({ root, configFile: false, logLevel: "silent", plugins: [plugin(more)] });

test("F-C33 a build with the plugin generates first, and bundles what was generated", async () => {
  const { root, out } = projectOf();
  const { output } = await vite.build(common(root));
  const [, fingerprint] = /fingerprint: "(\w+)"/.exec(readFileSync(out, "utf8"));
  assert.ok(output.some(({ code }) => code?.includes(fingerprint)));
});

test("F-C33 a fault in the definitions fails the build, with its place", async () => {
  const { root, out } = projectOf(brokenDefinitions);
  await assert.rejects(vite.build(common(root)), /app\.json:1:\d+: .*events/);
  assert.ok(!existsSync(out));
});

test("F-C33 a missing program fails the build, with the remedy", async () => {
  const { root } = projectOf();
  const expected = /the program "no-such-dialogue" was not found\. Name it by the plugin's option `program`/;
  await assert.rejects(vite.build(common(root, { program: "no-such-dialogue" })), expected);
});

test("F-U-H4 a missing program is a warning if the module exists: the build uses the module", async () => {
  const { root, out } = projectOf();
  await vite.build(common(root));
  const [, fingerprint] = /fingerprint: "(\w+)"/.exec(readFileSync(out, "utf8"));
  const warnings = [];
  const customLogger = { ...vite.createLogger("silent"), warn: (message) => warnings.push(message) };
  const { output } = await vite.build({ ...common(root, { program: "no-such-dialogue" }), customLogger });
  assert.ok(output.some(({ code }) => code?.includes(fingerprint)));
  assert.match(warnings.join("\n"), /"no-such-dialogue" was not found.*src\/gen\/app\.ts is used as it is/);
});

test("F-C33 what would be generated the same is not written again", async () => {
  const { root, out } = projectOf();
  await vite.build(common(root));
  const { mtimeNs } = statSync(out, { bigint: true });
  await vite.build(common(root));
  assert.equal(statSync(out, { bigint: true }).mtimeNs, mtimeNs);
});

test("F-C33 the core as a separate file, as the guide describes it, is part of a build", async () => {
  const { root } = projectOf();
  const [code] = /^import [^`]*dialogue\.wasm\?url[^`]*(?=^```$)/m.exec(
    readFileSync(join(js, "../docs/guides/frameworks.md"), "utf8"),
  );
  writeFileSync(join(root, "src/main.ts"), `${code.replace("./app.js", "./gen/app.js")}\nclient.connect();\n`);
  const { output } = await vite.build({ ...common(root), build: { assetsInlineLimit: 0 } });
  const wasm = output.filter(({ fileName }) => /dialogue.*\.wasm$/.test(fileName));
  assert.deepEqual(
    wasm.map(({ source }) => Buffer.compare(Buffer.from(source), readFileSync(join(js, "dist/dialogue.wasm")))),
    [0],
  );
  assert.ok(output.some(({ code }) => code?.includes(wasm[0].fileName)));
});

test("F-C33 the dev server hands the socket on to Dialogue, as the guide's proxy says: the page's origin is enough", async () => {
  const { root, file, out } = projectOf();
  const dialogueServer = await Server.start([file, "--listen", "127.0.0.1:0"]);
  leftOver.push(() => dialogueServer.stop());
  const guide = readFileSync(join(js, "../docs/guides/frameworks.md"), "utf8");
  const [, target] = /server: \{ proxy: \{ "\/dialogue": \{ target: "([^"]+)", ws: true \} \} \}/.exec(guide);
  assert.ok(target);
  const proxy = { "/dialogue": { target: dialogueServer.url, ws: true } };
  const server = await vite.createServer({ ...common(root), server: { host: "127.0.0.1", port: 0, proxy } });
  leftOver.push(() => server.close());
  await server.listen();
  const origin = `http://127.0.0.1:${server.httpServer.address().port}`;
  class PageSocket extends WebSocket {
    constructor(url, protocols) {
      super(url, protocols, { origin });
    }
  }
  const { code } = await vite.transformWithEsbuild(readFileSync(out, "utf8"), "app.ts");
  const { app: typed } = await import(`data:text/javascript;base64,${Buffer.from(code).toString("base64")}`);
  const client = createDialogueClient({ url: origin, app: typed, auth: { userId: "ann" }, WebSocket: PageSocket });
  const chat = await client.join("chat");
  assert.equal((await chat.trigger("message", { text: "Hi" })).seq, 1);
  client.close();
});

/** A dev server on a project, one of its pages, and what both say. */
async function dev(definitions) {
  const project = projectOf(definitions);
  const said = new EventEmitter();
  const tell = (kind) => (message) => said.emit("said", `${kind}: ${message}`);
  const logger = { ...vite.createLogger("silent"), info: tell("info"), warn: tell("warn"), error: tell("error") };
  const heard = [];
  said.on("said", (text) => heard.push(text));
  const server = await vite.createServer({
    ...common(project.root),
    customLogger: logger,
    server: { host: "127.0.0.1", port: 0 },
  });
  leftOver.push(() => server.close());
  await server.listen();
  const { port } = server.httpServer.address();
  await server.transformRequest("/src/main.ts").catch(() => {}); // as a page asks for it
  await server.transformRequest("/src/gen/app.ts").catch(() => {});
  const page = new WebSocket(`ws://127.0.0.1:${port}/?token=${server.config.webSocketToken}`, "vite-hmr");
  leftOver.push(() => page.terminate());
  page.on("message", (message) => said.emit("said", `page: ${message}`));
  await once(page, "open");
  /** Does something, and waits until all of these were said, in any order. */
  const until = async (patterns, act = () => {}) => {
    const signal = AbortSignal.timeout(deadlineMs);
    const lines = on(said, "said", { signal });
    act();
    let left = patterns;
    for await (const [line] of lines) {
      left = left.filter((pattern) => !pattern.test(line));
      if (!left.length) return;
    }
  };
  return { ...project, heard, until };
}

test("F-C33 in dev the module follows the definitions, and the page is notified", async () => {
  const { file, out, until } = await dev();
  assert.match(readFileSync(out, "utf8"), /"chat": "message"/);
  await until([/info: dialogue: wrote src\/gen\/app\.ts from app\.json/, /page: .*"(full-reload|update)"/], () =>
    writeFileSync(file, withRoom("lounge")),
  );
  assert.match(readFileSync(out, "utf8"), /"lounge": "message"/);
});

test("F-C33 in dev a fault is shown over the page until it is fixed, and the module stays", async () => {
  const { file, out, until } = await dev();
  const before = readFileSync(out, "utf8");
  await until([/error: dialogue: .*app\.json:1:\d+: /, /page: \{"type":"error".*app\.json:1:\d+: /], () =>
    writeFileSync(file, brokenDefinitions),
  );
  assert.equal(readFileSync(out, "utf8"), before);
  await until([/page: .*"full-reload"/], () => writeFileSync(file, JSON.stringify(app)));
  assert.equal(readFileSync(out, "utf8"), before);
});

test("F-C33 in dev a change that comes just after another one is not missed", async () => {
  const { file, out, until } = await dev();
  const isNewest = { test: () => /attic/.test(readFileSync(out, "utf8")) };
  await until([isNewest], () => {
    writeFileSync(file, withRoom("lounge"));
    setTimeout(() => writeFileSync(file, withRoom("attic")), 20); // just after Vite has told of the first
  });
});

test("F-C33 a dev server starts with broken definitions, and continues when they are fixed", async () => {
  const { file, out, heard, until } = await dev(brokenDefinitions);
  assert.match(heard.join("\n"), /error: dialogue: .*app\.json:1:\d+: /);
  assert.ok(!existsSync(out));
  await until([/info: dialogue: wrote/, /page: .*"full-reload"/], () => writeFileSync(file, withRoom("lounge")));
  assert.match(readFileSync(out, "utf8"), /lounge/);
});

test("F-C33 the plugin fits into the types of Vite's configuration", () => {
  const { root } = projectOf();
  writeFileSync(
    join(root, "vite.config.ts"),
    `import { dialogue } from "dialogue-client/vite";
     import { defineConfig } from "vite";
     export default defineConfig({ plugins: [dialogue({ definitions: "app.json", out: "src/app.ts" })] });
     // @ts-expect-error there is nothing to write
     dialogue({ definitions: "app.json" });`,
  );
  const compilerOptions = { strict: true, noEmit: true, target: "ES2022", module: "NodeNext", types: [], skipLibCheck: true };
  writeFileSync(join(root, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["vite.config.ts"] }));
  execFileSync(join(js, "node_modules/.bin/tsc"), ["-p", root], { encoding: "utf8" });
});
