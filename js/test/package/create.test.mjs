// create-dialogue: packed, run as npm runs it, and each project type-checked and built with the packages of this repository.
// `next build` and `nuxt build` are not run: neither is installed here.
import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { WebSocket } from "ws";
import { binary } from "../../../tests/server/app/support/program.mjs";
import { backends, frontends, versions } from "../../create/src/catalogue.mjs";
import { createDialogueClient } from "../../dist/index.js";

const js = fileURLToPath(new URL("../..", import.meta.url));
const kPackedBytesMax = 100_000;
let place;
let program;

before(() => {
  place = mkdtempSync(join(tmpdir(), "dialogue-create-"));
  const packed = execFileSync("npm", ["pack", "--json", "--pack-destination", place], {
    cwd: join(js, "create"),
    encoding: "utf8",
  });
  const [{ filename, size }] = JSON.parse(packed);
  assert.ok(size <= kPackedBytesMax, `${size} bytes`);
  execFileSync("tar", ["xzf", join(place, filename), "-C", place]);
  program = join(place, "package/src/main.mjs");
  mkdirSync(join(place, "node_modules"));
  for (const name of readdirSync(join(js, "node_modules")))
    symlinkSync(join(js, "node_modules", name), join(place, "node_modules", name));
  symlinkSync(js, join(place, "node_modules/dialogue-client"));
  symlinkSync(join(js, "server"), join(place, "node_modules/dialogue-server"));
});
after(() => rmSync(place, { recursive: true, force: true }));

const create = (...args) => spawnSync(process.execPath, [program, ...args], { cwd: place, encoding: "utf8", input: "" });

/** A project's directory, which is made at its first use. */
function project(template, server) {
  const name = `${template}-${server}`;
  if (!existsSync(join(place, name))) {
    const { status, stderr } = create(name, "--template", template, "--server", server);
    assert.equal(status, 0, stderr);
  }
  return join(place, name);
}

const pairs = Object.keys(frontends).flatMap((template) => Object.keys(backends).map((server) => [template, server]));

test("there are eight templates, each with two servers", () => {
  assert.deepEqual(Object.keys(frontends), ["vanilla", "react", "vue", "svelte", "solid", "push-only", "next", "nuxt"]);
  assert.deepEqual(Object.keys(backends), ["json", "node"]);
});

test("--help names every template and server; without a terminal nothing is asked", () => {
  const { stdout } = create("--help");
  for (const name of [...Object.keys(frontends), ...Object.keys(backends)]) assert.match(stdout, new RegExp(`\\n +${name} `));
  const { status, stdout: said } = create("plain");
  assert.equal(status, 0);
  assert.match(
    said,
    /^Created vanilla with the server "json" in plain\. Next:\n\n {2}cd plain\n {2}npm install\n {2}npm run dev\n$/,
  );
});

test("invalid arguments are refused, and the error says what to do", () => {
  const refused = (args, words) => {
    const { status, stderr } = create(...args);
    assert.equal(status, 2);
    assert.match(stderr, words);
  };
  refused(["x", "--template", "raect"], /--template raect is unknown; use one of vanilla, react, /);
  refused(["x", "--server", "cpp"], /--server cpp is unknown; use one of json, node/);
  refused(["x", "--colour"], /Unknown option '--colour'; --help lists the options, and npm needs -- before them/);
  refused(["x", "y"], /one directory is expected, not x and y/);
  assert.equal(existsSync(join(place, "x")), false);
  mkdirSync(join(place, "full"));
  writeFileSync(join(place, "full/mine.txt"), "mine");
  refused(["full"], /full is not empty \(mine\.txt\); name another directory, or use --force to write into it/);
  assert.deepEqual(readdirSync(join(place, "full")), ["mine.txt"]);
  refused(["full/mine.txt"], /mine\.txt is a file; name a directory/);
  assert.equal(create("full", "--force").status, 0);
  assert.equal(readFileSync(join(place, "full/mine.txt"), "utf8"), "mine");
});

test("the versions are those that the repository tests with, and the client's own", () => {
  const manifest = (path) => JSON.parse(readFileSync(join(js, path), "utf8"));
  const { version, devDependencies } = manifest("package.json");
  const own = manifest("create/package.json");
  assert.equal(own.version, version);
  assert.equal(manifest("server/package.json").version, version);
  assert.equal(own.dependencies, undefined);
  for (const [name, pinned] of Object.entries(versions))
    if (!["next", "nuxt"].includes(name)) assert.equal(devDependencies[name], pinned, name);
  const { dependencies } = JSON.parse(readFileSync(join(project("react", "node"), "package.json"), "utf8"));
  assert.equal(dependencies["dialogue-client"], `^${version}`);
  create("packed", "--packages", "tarballs");
  const packed = JSON.parse(readFileSync(join(place, "packed/package.json"), "utf8")).dependencies["dialogue-client"];
  assert.equal(packed, `file:${join(place, "tarballs")}/dialogue-client-${version}.tgz`);
});

test("the module of app.json is current", () => {
  const directory = project("vanilla", "json");
  const today = execFileSync(binary, ["codegen", "app.json", "--ts", "-"], { cwd: directory, encoding: "utf8" });
  assert.equal(
    readFileSync(join(directory, "src/app.ts"), "utf8"),
    today,
    "generate js/create/templates/common/app.generated again",
  );
});

for (const [template, server] of pairs)
  test(`${template} with the server ${server} is complete${template === "nuxt" ? "" : ", and type-checked"}`, () => {
    const directory = project(template, server);
    assert.match(readFileSync(join(directory, ".gitignore"), "utf8"), /^node_modules$/m);
    for (const path of readdirSync(directory, { recursive: true }))
      if (statSync(join(directory, path)).isFile())
        assert.doesNotMatch(readFileSync(join(directory, path), "utf8"), /\{\{(name|port|main)\}\}/, path);
    const { scripts } = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
    assert.match(scripts.dev, server === "node" ? /dialogue dev --config dialogue\.json/ : /dialogue dev app\.json/);
    if (server === "node") {
      const { hooksSecretFile, authKey, apiKeyFile } = JSON.parse(readFileSync(join(directory, "dialogue.json"), "utf8"));
      for (const path of [hooksSecretFile, ...authKey, ...apiKeyFile])
        assert.equal(statSync(join(directory, path)).mode & 0o777, 0o600, path);
    }
    if (template === "nuxt") return; // its types are those that `nuxt prepare` writes
    const tsc = join(js, "node_modules/typescript/bin/tsc");
    const { status, stdout } = spawnSync(process.execPath, [tsc, "--noEmit"], { cwd: directory, encoding: "utf8" });
    assert.equal(status, 0, stdout);
  });

for (const [template, { kind }] of Object.entries(frontends))
  if (kind === "vite")
    test(`${template} is built by Vite, without the program dialogue`, () => {
      const directory = project(template, "json");
      const env = { ...process.env, PATH: "/nowhere" };
      const args = [join(js, "node_modules/vite/bin/vite.js"), "build", "--logLevel", "error"];
      const { status, stderr } = spawnSync(process.execPath, args, { cwd: directory, env, encoding: "utf8" });
      assert.equal(status, 0, stderr);
      assert.match(readFileSync(join(directory, "dist/index.html"), "utf8"), /assets\//);
    });

/** A port that is free now. */
async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

test("npm run dev starts the server and the backend, whose tokens and hooks work, and ends both", async () => {
  const directory = project("vanilla", "node");
  const [dialogue, backend] = [await freePort(), await freePort()];
  for (const path of ["dialogue.json", "backend/server.mjs"]) {
    const text = readFileSync(join(directory, path), "utf8");
    writeFileSync(join(directory, path), text.replaceAll("8080", dialogue).replaceAll("3000", backend));
  }
  const programs = [`${binary} dev --config dialogue.json`, `${process.execPath} backend/server.mjs`];
  const running = spawn(process.execPath, ["dev.mjs", ...programs], { cwd: directory, stdio: ["ignore", "pipe", "inherit"] });
  try {
    for await (const line of createInterface({ input: running.stdout })) if (/listening on/.test(line)) break;
    running.stdout.resume();
    const url = `http://127.0.0.1:${dialogue}`;
    const token = async () => (await fetch(`http://127.0.0.1:${backend}/api/token?user=bob`)).text();
    const client = createDialogueClient({ url, WebSocket, auth: { token } });
    for (const event of ["connect_error", "error"]) client.on(event, () => {}); // the backend may start after the server
    const chat = await client.join("chat");
    assert.equal(client.userId, "bob");
    assert.equal((await chat.trigger("message", { text: "Hi" })).seq, 1);
    await assert.rejects(chat.trigger("message", { text: "http://example.com" }), { code: "denied_by_hook" });
    const announced = await fetch(`http://127.0.0.1:${backend}/api/announce`, { method: "POST" });
    assert.equal(await announced.text(), "2");
    client.close();
  } finally {
    running.kill();
  }
  await once(running, "exit");
  await assert.rejects(fetch(`http://127.0.0.1:${backend}/api/token`));
});

test("npm run dev says what to do without the program dialogue, and ends", () => {
  const directory = project("vanilla", "json");
  const env = { ...process.env, PATH: "/nowhere" };
  const args = ["dev.mjs", "dialogue dev app.json", `${process.execPath} -e setInterval(()=>{},1000)`];
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: directory, env, encoding: "utf8" });
  assert.equal(status, 1);
  assert.match(stderr, /dialogue was not found: put the server in PATH/);
});
