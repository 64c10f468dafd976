// npm run bench -- client [--quick]: what one message costs a client, sending and receiving, in Node, Chromium and Firefox,
// beside a bare WebSocket with JSON and beside socket.io-client. Sockets are replaced by a stand-in with its server inside, so
// the figures are the clients' own work: no network and no server in them.
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { browsers } from "../lib/browsers.mjs";
import { bundle } from "../lib/bundle.mjs";
import { output } from "../lib/paths.mjs";
import { publish, table } from "../lib/results.mjs";
import { barRows, rowsOf, spreadRows } from "./tables.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const quick = process.argv.includes("--quick");
const kRun = quick ? { rounds: 5, count: 1_024 } : { rounds: 15, count: 4_096 };
const kProcesses = quick ? 1 : 5; // of Node: what its compiler makes of a client differs from one to the next by a third
const kGarbageRun = quick ? { rounds: 3, count: 1_024 } : { rounds: 7, count: 4_096 };
const kYoungMib = 256; // nothing is collected below it
const kOutputBytesMax = 2 ** 24;

/** What a process of Node prints as JSON, run with these arguments. */
function printed(args, what) {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8", maxBuffer: kOutputBytesMax });
  if (status !== 0) throw new Error(`${what} could not be measured: ${/^\w*Error: .*$/m.exec(stderr)?.[0] ?? stderr}`);
  return JSON.parse(stdout);
}

/** The rounds of several processes, one after another. */
const inNode = (file) =>
  Array.from({ length: kProcesses }, () => printed([join(here, "in_node.mjs"), file, JSON.stringify(kRun)], "the cost")).flatMap(
    (measured, index) => measured.map((one) => ({ ...one, round: one.round + index * kRun.rounds })),
  );

async function inBrowser({ launch }, file) {
  const browser = await launch();
  try {
    const page = await browser.newPage();
    await page.addScriptTag({ path: file, type: "module" });
    await page.waitForFunction(() => globalThis.measureClients !== undefined);
    return await page.evaluate((run) => globalThis.measureClients(run), kRun);
  } finally {
    await browser.close();
  }
}

function garbage(file) {
  const flags = ["--expose-gc", `--min-semi-space-size=${kYoungMib}`, `--max-semi-space-size=${kYoungMib}`];
  return printed([...flags, file, `${kGarbageRun.rounds}`, `${kGarbageRun.count}`], "the garbage");
}

await bundle({
  definitions: join(here, "app.json"),
  directory: output,
  entryPoints: ["rounds", "garbage"].map((name) => join(here, `${name}.mjs`)),
  outdir: output,
  outExtension: { ".js": ".mjs" },
});
const file = join(output, "rounds.mjs");
const raw = { Node: inNode(file) };
for (const browser of browsers) raw[browser.name] = await inBrowser(browser, file);
const bytes = garbage(join(output, "garbage.mjs"));
const places = Object.entries(raw);
publish({
  name: "client",
  title: "What one message costs a client",
  rows: places.flatMap(([place, measured]) => rowsOf(place, measured, "us", "µs")),
  raw: { us: raw, bytes },
  keep: !quick,
  notes: [
    `Medians of ${kRun.rounds} rounds of ${kRun.count} messages that alternate among the clients, in Node of`,
    `${kProcesses} processes one after another; a ratio is the median of the rounds' ratios. \`chat\` is about 50 bytes,`,
    "`order` about 1 KB of nested JSON. dialogue-client validates against the schema before it sends, and every send",
    "waits for its receipt; socket.io-client is shown with acknowledgements (the same service) and without. The bare",
    "WebSocket has Dialogue's frames, `JSON.parse`, `JSON.stringify` and a list of handlers, and promises nothing.",
    "",
    "Receiving in Node against the bars:",
    "",
    table(barRows(raw.Node)),
    "",
    `Bytes of the heap that a message makes each client allocate, in Node, medians of ${kGarbageRun.rounds} rounds in which`,
    "nothing was collected. The bare WebSocket's is the message itself, as its frame's array:",
    "",
    table(rowsOf("Node", bytes, "bytes")),
    "",
    "The spread, µs:",
    "",
    table(places.flatMap(([place, measured]) => spreadRows(place, measured, "us"))),
  ],
});
process.exit(0);
