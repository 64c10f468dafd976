// Complaints about other packages as tests of this one, by their numbers in the issue of frameworks: 2, what a page's hot
// reload leaves, and 19, what installing and importing asks of others.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createServer, createServerModuleRunner } from "vite";
import { WebSocket } from "ws";
import { kPatienceMs } from "../../../tests/patience.mjs";
import { binary as program } from "../../../tests/server/app/support/program.mjs";
import { createDialogueClient } from "../../dist/index.js";
import { roomStore } from "../../dist/store.js";
import { startServer } from "../../dist/testing_server.js";

const js = fileURLToPath(new URL("../..", import.meta.url));
const manifest = JSON.parse(readFileSync(join(js, "package.json"), "utf8"));

/** How many connections the server has. */
async function connections({ url, apiKey }) {
  const answer = await fetch(`${url}/api/v1/connections`, { headers: { Authorization: `Bearer ${apiKey}` } });
  return (await answer.json()).connections.length;
}

/** Waits until `isSo`; throws once kPatienceMs are over. */
async function eventually(isSo) {
  for (const end = performance.now() + kPatienceMs; !(await isSo()); await turn())
    assert.ok(performance.now() < end, `not within ${kPatienceMs} ms: ${isSo}`);
}

test("2: a component that is edited five times under Vite, and then the client's module, keep one connection", async () => {
  const definitions = { events: { message: { schema: true } }, rooms: { chat: { events: ["message"] } } };
  const server = await startServer(definitions, { program });
  const root = mkdtempSync(join(tmpdir(), "dialogue-reload-"));
  const at = (name) => join(root, name);
  const client = (version) => `
    export const client = globalThis.connect(${version});
    import.meta.hot.data.client?.close();
    import.meta.hot.data.client = client;`;
  const component = (version) => `
    import { client } from "./client.js";
    const off = globalThis.show(client, ${version});
    import.meta.hot.dispose(off);
    import.meta.hot.accept();`;
  const made = [];
  const shown = { client: 0, component: 0 };
  globalThis.connect = (version) => {
    shown.client = version;
    shown.component = 0;
    made.push(createDialogueClient({ url: server.url, WebSocket, auth: { userId: "ann" } }));
    return made.at(-1);
  };
  globalThis.show = (client, version) => {
    const store = roomStore(client, "chat", { last: 5 });
    const look = () => {
      if (store.snapshot().status === "live") shown.component = version;
    };
    const off = store.subscribe(look);
    look();
    return off;
  };
  writeFileSync(at("client.js"), client(1));
  writeFileSync(at("component.js"), component(1));
  // The test announces its edits: the watcher of files takes two within 5 ms for one.
  const dev = await createServer({
    root,
    configFile: false,
    logLevel: "error",
    server: { middlewareMode: true, ws: false, watch: null },
  });
  const edit = (name, text) => {
    writeFileSync(at(name), text);
    dev.watcher.emit("change", at(name));
  };
  const runner = createServerModuleRunner(dev.environments.ssr);
  try {
    await runner.import("/component.js");
    await eventually(() => shown.component === 1);
    for (let version = 2; version <= 6; version += 1) {
      edit("component.js", component(version));
      await eventually(() => shown.component === version);
      assert.equal(await connections(server), 1);
    }
    assert.equal(shown.client, 1);
    edit("client.js", client(2));
    await eventually(() => shown.client === 2);
    await eventually(async () => shown.component === 6 && (await connections(server)) === 1);
    assert.deepEqual(
      made.map(({ state }) => state),
      ["closed", "connected"],
    );
  } finally {
    for (const client of made) client.close();
    await runner.close();
    await dev.close();
    await server.stop();
    rmSync(root, { recursive: true });
  }
});

test("19: every framework is an optional peer, and there is no other dependency", () => {
  assert.equal(manifest.dependencies, undefined);
  const optional = Object.entries(manifest.peerDependenciesMeta).filter(([, { optional }]) => optional);
  assert.deepEqual(optional.map(([name]) => name).sort(), Object.keys(manifest.peerDependencies).sort());
});

test("19: importing an entry calls nothing that an edge runtime forbids outside of a request", () => {
  const notForEdges = ["./vite", "./testing/server", "./service-worker"];
  const scripts = Object.entries(manifest.exports).filter(([entry, { default: file }]) => file && !notForEdges.includes(entry));
  assert.ok(scripts.length >= 15, `${scripts.length} entries`);
  const files = scripts.map(([, { default: file }]) => join(js, file));
  const program = `
    const frameworks = ["react", "vue", "svelte/reactivity", "solid-js", "solid-js/store", "@preact/signals-core"];
    for (const name of frameworks) await import(name);
    const forbid = (holder, name) => {
      holder[name] = () => {
        throw new Error(name + " was called");
      };
    };
    for (const name of ["setTimeout", "setInterval", "fetch", "queueMicrotask"]) forbid(globalThis, name);
    forbid(Math, "random");
    for (const name of ["getRandomValues", "randomUUID"]) forbid(Object.getPrototypeOf(crypto), name);
    forbid(WebAssembly, "compile");
    forbid(WebAssembly, "instantiate");
    for (const file of ${JSON.stringify(files)}) await import(file);`;
  const { status, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", program], { cwd: js, encoding: "utf8" });
  assert.equal(status, 0, stderr);
});
