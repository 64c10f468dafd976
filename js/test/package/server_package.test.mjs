// dialogue-server as others get it: packed, installed, imported by Node and by a realm that has Web standards only, typed, small.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import vm from "node:vm";
import { brotliCompressSync } from "node:zlib";
import * as esbuild from "esbuild";
import { kitIn } from "./server_kit.mjs";

const js = fileURLToPath(new URL("../..", import.meta.url));
const bin = (name) => join(js, "node_modules", ".bin", name);
const kBytesMax = 4_000;
const adapters = ["node", "express", "fastify", "hono", "next", "sveltekit", "nuxt"];
const key = "k".repeat(32);
let project;
let tarball;

before(() => {
  project = mkdtempSync(join(tmpdir(), "dialogue-server-package-"));
  const packed = execFileSync("npm", ["pack", "--json", "--pack-destination", project], {
    cwd: join(js, "server"),
    encoding: "utf8",
  });
  tarball = join(project, JSON.parse(packed)[0].filename);
  writeFileSync(join(project, "package.json"), JSON.stringify({ private: true, type: "module" }));
  execFileSync("npm", ["install", "--offline", "--no-audit", "--no-fund", tarball], { cwd: project });
});
after(() => rmSync(project, { recursive: true, force: true }));

/** One export, bundled for platforms without Node: its text. */
async function bundled(text) {
  const { outputFiles } = await esbuild.build({
    stdin: { contents: text, resolveDir: project },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "neutral",
    conditions: ["default"],
    write: false,
    logLevel: "error",
  });
  return outputFiles[0].text;
}

test("it holds its modules, their types, README and licence, and has no dependency", () => {
  const root = join(project, "node_modules/dialogue-server");
  assert.deepEqual(readdirSync(root).sort(), ["LICENSE", "README.md", "dist", "package.json"]);
  const sources = readdirSync(join(js, "server/src")).map((name) => name.replace(/\.ts$/, ""));
  const expected = [...sources.flatMap((name) => [`${name}.js`, `${name}.d.ts`]), "definitions.d.ts"];
  assert.deepEqual(readdirSync(join(root, "dist")).sort(), expected.sort());
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  assert.deepEqual([manifest.dependencies, manifest.peerDependencies, manifest.scripts], [undefined, undefined, undefined]);
  assert.deepEqual(Object.keys(manifest.exports), [".", ...adapters.map((name) => `./${name}`), "./package.json"]);
  assert.equal(manifest.version, JSON.parse(readFileSync(join(js, "package.json"), "utf8")).version);
});

for (const name of ["createDialogueServer", "createHooks", "createTokenSigner"])
  test(`${name} is at most ${kBytesMax} bytes after brotli`, async () => {
    const text = await bundled(`import { ${name} } from "dialogue-server"; globalThis.used = ${name};`);
    const { length } = brotliCompressSync(text);
    assert.ok(length > 1_000 && length <= kBytesMax, `${length} bytes`);
  });

test("importing it does nothing: neither a global nor a timer nor a random number", () => {
  const program = `
    const before = Object.keys(globalThis).join();
    for (const name of ["setTimeout", "setInterval", "fetch"]) globalThis[name] = () => { throw new Error(name); };
    Math.random = crypto.getRandomValues = () => { throw new Error("random"); };
    for (const name of ${JSON.stringify(["", ...adapters.map((name) => `/${name}`)])}) await import("dialogue-server" + name);
    if (Object.keys(globalThis).join() !== before) throw new Error("globals were changed");
  `;
  execFileSync(process.execPath, ["--input-type=module", "-e", program], { cwd: project, timeout: 10_000 });
});

test("complaint 19: a realm that has Web standards only, as edge runtimes, publishes, signs and answers hooks", async () => {
  const text = await bundled(`
    import { createDialogueServer, createHooks, createTokenSigner } from "dialogue-server";
    import { nextHandlers } from "dialogue-server/next";
    globalThis.run = async () => {
      const fetch = async (url, { body }) => Response.json({ room: "chat", seq: 1, url, body });
      const server = createDialogueServer({ url: "https://chat.example.com", key: "${key}", fetch });
      const receipt = await server.publish("chat", "message", { text: "Hi" });
      const token = await createTokenSigner({ key: "${key}" })({ sub: "ann" });
      const { POST } = nextHandlers(createHooks({ secret: "${key}", onError: () => {} }));
      const refused = await POST(new Request("https://app.example.com/hooks", { method: "POST", body: "{}" }));
      return { url: receipt.url, parts: token.split(".").length, status: refused.status };
    };
  `);
  const web = { Request, Response, URL, URLSearchParams, TextEncoder, TextDecoder, AbortController, AbortSignal, crypto };
  const realm = vm.createContext({ ...web, atob, btoa, setTimeout, clearTimeout, Uint8Array });
  vm.runInContext(text, realm);
  assert.deepEqual(JSON.parse(JSON.stringify(await realm.run())), {
    url: "https://chat.example.com/api/v1/rooms/chat/events",
    parts: 3,
    status: 403,
  });
});

test("SvelteKit answers hooks by its route", async () => {
  const kit = await kitIn(project, join(js, "node_modules"), key);
  try {
    const hooks = [{ id: "1", verb: "join", room: "staff", user: { id: "ann" } }];
    const body = JSON.stringify({ version: 1, id: "a", hooks });
    const time = Math.floor(Date.now() / 1000);
    const signature = createHmac("sha256", key).update(`${time}.${body}`).digest("hex");
    const headers = { "Content-Type": "application/json", "Dialogue-Signature": `t=${time},v1=${signature}` };
    const response = await fetch(`${kit.url}/hooks`, { method: "POST", headers, body });
    assert.deepEqual(await response.json(), { answers: [{ id: "1", allow: false, reason: "for staff" }] });
  } finally {
    await kit.stop();
  }
});

test("complaint 2: a module that is loaded again has left nothing behind, so that a hot reload doubles nothing", () => {
  const program = `
    import { readdirSync } from "node:fs";
    const { createDialogueServer, createHooks, createTokenSigner } = await import("dialogue-server");
    const open = () => process.getActiveResourcesInfo().filter((name) => !/Pipe|TTY/.test(name)).length;
    const before = open();
    for (let i = 0; i < 5; i += 1) {
      createDialogueServer({ url: "http://127.0.0.1:1", key: "${key}" });
      createHooks({ secret: "${key}", join: () => true });
      createTokenSigner({ key: "${key}" });
    }
    if (open() !== before) throw new Error("something is open");
  `;
  execFileSync(process.execPath, ["--input-type=module", "-e", program], { cwd: project, timeout: 10_000 });
});

test("the types compile in a strict project without Node's types", () => {
  const entries = adapters.map((name) => `import * as ${name} from "dialogue-server/${name}"; void ${name};`).join("\n");
  writeFileSync(
    join(project, "main.ts"),
    `import { createDialogueServer, createHooks, type DialogueApp } from "dialogue-server";
     ${entries}
     type App = DialogueApp<{ message: { text: string } }, { chat: "message" }>;
     const dialogue = createDialogueServer<App>({ url: "", key: "" });
     await dialogue.publish("chat", "message", { text: "Hi" });
     // @ts-expect-error the wrong type
     await dialogue.publish("chat", "message", { text: 5 });
     createHooks<App>({ secret: "", join: ({ user, room }) => room === "chat" && user.role === "member" });`,
  );
  const compilerOptions = {
    strict: true,
    noEmit: true,
    target: "ES2022",
    lib: ["ES2022", "DOM"],
    types: [],
    skipLibCheck: false,
  };
  for (const [module, moduleResolution] of [
    ["NodeNext", "NodeNext"],
    ["ESNext", "Bundler"],
  ]) {
    const config = join(project, "tsconfig.json");
    writeFileSync(
      config,
      JSON.stringify({ compilerOptions: { ...compilerOptions, module, moduleResolution }, files: ["main.ts"] }),
    );
    execFileSync(bin("tsc"), ["-p", config], { encoding: "utf8" });
  }
});

test("publint finds nothing", () => void execFileSync(bin("publint"), ["run", tarball, "--strict"], { encoding: "utf8" }));

test("@arethetypeswrong/cli finds nothing", () => {
  execFileSync(bin("attw"), [tarball, "--profile", "esm-only", "--no-emoji"], { encoding: "utf8" });
});
