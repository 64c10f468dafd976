import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { execFileSync } from "node:child_process";
import { pathToFileURL } from "node:url";
import { WebSocket } from "ws";
import { mkdirSync, copyFileSync } from "node:fs";
import { startServer } from "../lib/process.mjs";
import { program } from "../lib/paths.mjs";
import { browsers } from "../lib/browsers.mjs";
import { newest } from "./newest.mjs";
const variants = process.argv[3].split(",").map((v) => v.split("="));
const rounds = Number(process.argv[2]);
const definitions = new URL("../delivery/app.json", import.meta.url).pathname;
const dir = "/tmp/pg/site"; mkdirSync(dir, { recursive: true });
execFileSync(program, ["codegen", definitions, "--ts", "/tmp/pg/app.ts"]);
for (const [name, client] of variants) {
  await build({ bundle: true, minify: true, format: "esm", platform: "browser", target: "es2022", splitting: false, logLevel: "error",
    alias: { "bench-app": "/tmp/pg/app.ts", "dialogue-client": client }, external: process.env.EXT ? ["./history.js", "./outbox.js", "./debug.js", "./validator.js"] : ["./history.js", "./outbox.js", "./debug.js"],
    entryPoints: [new URL("pages/dialogue.mjs", import.meta.url).pathname], outfile: join(dir, `${name}.js`) });
  writeFileSync(join(dir, `${name}.html`), `<!doctype html><html lang="en"><meta charset="utf-8"><title>x</title><script type="module" src="${name}.js"></script>`);
  for (const f of ["dialogue.wasm", "validator.js"]) try { copyFileSync(join(client, "..", f), join(dir, f)); } catch {}
}
const server = await startServer(program, ["serve", definitions, "--static", dir, "--listen", "127.0.0.1:0", "--store", "memory:"]);
const { createDialogueClient } = await import(pathToFileURL("/work/main/js/dist/index.js"));
const p = createDialogueClient({ url: `ws://${server.host}`, auth: { userId: "publisher" }, WebSocket });
await (await p.join("bench-0")).trigger("message", newest); p.close();
const med = (v) => [...v].sort((a, b) => a - b)[v.length >> 1].toFixed(1);
for (const b of browsers) {
  const browser = await b.launch(); const got = {};
  for (let r = -2; r < rounds; ++r) for (let i = 0; i < variants.length; ++i) {
    const name = variants[(i + r + 2) % variants.length][0];
    const c = await browser.newContext(); const page = await c.newPage();
    await page.goto(`http://${server.host}/${name}.html`);
    const t = await page.evaluate(() => globalThis.firstMessage.then((x) => ({ ...x, ...globalThis.T })));
    if (r >= 0) for (const k of Object.keys(t)) if (typeof t[k] === "number") ((got[name] ??= {})[k] ??= []).push(t[k]);
    await c.close();
  }
  for (const [n, g] of Object.entries(got)) console.log(b.name, n, Object.entries(g).map(([k, v]) => `${k} ${med(v)}`).join("  "));
  const [a] = variants; for (const [n] of variants.slice(1)) console.log(b.name, `${a[0]}/${n} first message, median of ratios`, med(got[a[0]].message.map((m, i) => 100 * m / got[n].message[i])), "%");
  await browser.close();
}
await server.stop(); process.exit(0);
