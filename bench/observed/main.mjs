// npm run bench -- observed [--quick]: what it costs each delivery that the server is watched: /metrics is scraped once a
// second as OpenMetrics, and there is a receiver for traces. The counting itself cannot be turned off, so it is in both;
// what that costs, `npm run bench -- check --against=PROGRAM` shows with a build from before.
import { once } from "node:events";
import { createServer } from "node:http";
import { setInterval as everySecond } from "node:timers/promises";
import { measure } from "../delivery/measure.mjs";
import { scenarios } from "../delivery/scenarios.mjs";
import { dialogueServer } from "../delivery/servers.mjs";
import { ratio, resultOf } from "../delivery/tables.mjs";
import { program } from "../lib/paths.mjs";
import { median, publish } from "../lib/results.mjs";

const quick = process.argv.includes("--quick");
const kRatioMax = 1.02;
const kRounds = quick ? 3 : 9;
const kScrapeMs = 1000;
const kScenarios = ["fan-out", "saturated"];
const accept = "application/openmetrics-text;version=1.0.0";

const receiver = createServer((request, response) => request.resume().on("end", () => response.end("{}"))).listen(0, "127.0.0.1");
await once(receiver, "listening");
const taken = createServer().listen(0, "127.0.0.1");
await once(taken, "listening");
const metrics = `127.0.0.1:${taken.address().port}`;
await new Promise((resolve) => taken.close(resolve));

let scrapes = 0;
const ending = new AbortController();
/** Whichever server listens there. */
async function scrape() {
  for await (const _ of everySecond(kScrapeMs, undefined, { signal: ending.signal })) {
    const answer = await fetch(`http://${metrics}/metrics`, { headers: { accept } }).catch(() => undefined);
    await answer?.text();
    if (answer?.ok) scrapes += 1;
  }
}
const scraping = scrape().catch(() => {});

const watched = ["--metrics-listen", metrics, "--otlp-endpoint", `http://127.0.0.1:${receiver.address().port}`];
const compared = [dialogueServer("unobserved", program), dialogueServer("dialogue", program, watched)];
const rows = [];
for (const scenario of scenarios.filter(({ id }) => kScenarios.includes(id))) {
  const results = await measure({ ...scenario, base: "unobserved", servers: undefined, rounds: kRounds }, compared, {
    quickRounds: kRounds,
  });
  for (const result of results.filter(({ server }) => server === "dialogue")) {
    const other = resultOf(results, result, "unobserved");
    rows.push({
      scenario: result.scenario,
      figure: result.figure.about,
      unobserved: median(other.values),
      observed: median(result.values),
      ratio: result.figure.isAbsolute ? median(result.values) / median(other.values) : ratio(results, result),
      wrong: result.wrong + other.wrong,
    });
  }
}
ending.abort();
await scraping;
receiver.close();

publish({
  name: "observed",
  title: "What it costs a delivery that the server is watched",
  rows,
  keep: !quick,
  notes: [`${scrapes} scrapes; ${kRounds} rounds, alternating. Bar: ${kRatioMax} for the CPU of a delivery.`],
});
const cpu = rows.filter(({ figure }) => /CPU/.test(figure));
process.exitCode = scrapes === 0 || cpu.length === 0 || cpu.some((row) => row.ratio > kRatioMax || row.wrong > 0) ? 1 : 0;
process.exit();
