// npm run bench -- client [--quick]: what one message costs a client, sending and receiving, in Node and in Chromium, beside
// socket.io-client. Sockets are replaced by a stand-in with its server inside, so the figures are the clients' own work: no
// network and no server in them.
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { chromium } from "playwright-core";
import { client, output, program } from "../lib/paths.mjs";
import { median, publish } from "../lib/results.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const quick = process.argv.includes("--quick");
const kRun = quick ? { rounds: 3, count: 1_024 } : { rounds: 15, count: 4_096 };
const kOurs = "dialogue-client";

async function bundle() {
  mkdirSync(output, { recursive: true });
  const app = join(output, "app.ts");
  execFileSync(program, ["codegen", join(here, "app.json"), "--ts", app]);
  const outfile = join(output, "client.mjs");
  await build({
    entryPoints: [join(here, "rounds.mjs")],
    outfile,
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    alias: { "bench-app": app, "dialogue-client": client },
    define: { "process.env.NODE_ENV": '"production"' },
    logLevel: "error",
  });
  return outfile;
}

async function inNode(file) {
  await import(pathToFileURL(file));
  return globalThis.measureClients(kRun);
}

async function inChromium(file) {
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
  try {
    const page = await browser.newPage();
    await page.addScriptTag({ path: file, type: "module" });
    await page.waitForFunction(() => globalThis.measureClients !== undefined);
    return await page.evaluate((run) => globalThis.measureClients(run), kRun);
  } finally {
    await browser.close();
  }
}

/** One row per place, direction and event: medians in µs, and the median of the ratios within each round. */
function rowsOf(place, measured) {
  const clients = [...new Set(measured.map(({ client }) => client))];
  const kinds = [...new Set(measured.map(({ direction, event }) => `${direction} ${event}`))];
  return kinds.map((kind) => {
    const of = (client) =>
      measured.filter((m) => m.client === client && `${m.direction} ${m.event}` === kind).map(({ us }) => us);
    const row = { where: place, what: kind };
    for (const client of clients) row[`${client} µs`] = median(of(client));
    for (const client of clients.filter((name) => name !== kOurs))
      row[`/ ${client}`] = median(of(kOurs).map((us, round) => us / of(client)[round]));
    return row;
  });
}

const file = await bundle();
const raw = { node: await inNode(file), chromium: await inChromium(file) };
publish({
  name: "client",
  title: "What one message costs a client",
  rows: [...rowsOf("Node", raw.node), ...rowsOf("Chromium", raw.chromium)],
  raw,
  keep: !quick,
  notes: [
    `Medians of ${kRun.rounds} alternating rounds of ${kRun.count} messages.`,
    "`chat` is about 50 bytes, `order` about 1 KB of nested JSON. dialogue-client validates against the schema before it sends,",
    "and every send waits for its receipt; socket.io-client is shown with acknowledgements (the same service) and without.",
  ],
});
process.exit(0);
