// npm run bench -- delivery [SCENARIO ...] [--peers NAME,NAME] [--quick]: what a delivery costs a server, beside a bare epoll
// loop and other servers. Rounds alternate among the servers; each delivery is checked, and a run with a wrong answer fails.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { bench } from "../lib/paths.mjs";
import { publish, table } from "../lib/results.mjs";
import { barRows } from "./bars.mjs";
import { choice } from "./choice.mjs";
import { measure } from "./measure.mjs";
import { plot } from "./plot.mjs";
import { detailRows, matrixRows } from "./tables.mjs";

const { chosen, present, quickRounds, isWhole } = choice(process.argv.slice(2));
const results = [];
for (const scenario of chosen) results.push(...(await measure(scenario, present, { quickRounds })));

const bars = barRows(results);
publish({
  name: "delivery",
  title: "What a delivery costs a server",
  rows: matrixRows(results),
  raw: results,
  keep: isWhole,
  notes: [
    "In brackets: the median over rounds of the ratio to the floor (bench/floor: a bare epoll loop that calls send()",
    "once for each member and message), for durable publications to SQLite itself, with TLS to nginx. `batch` is the",
    "floor with one send() a member and turn of the loop. Server and load have a core each; CPU is user and system",
    "time of the server's processes. Every delivery was checked. Dialogue runs with one shard (two where it says so, on",
    "the same core), `--log-level warn`,",
    "validation, sequences and the log of its rooms in memory. Servers stay up for all rounds of a scenario, except",
    "for idle, durable and storm. Saturated: each of the 4 members has one publication on its way. Rates are",
    "publications a second, of all rooms together.",
    ...(isWhole ? ["", "![Ratios to the floor](delivery.svg)"] : []),
    ...(bars.length ? ["", "Dialogue against its bars:", "", table(bars)] : []),
    "",
    table(detailRows(results)),
  ],
});
if (isWhole) writeFileSync(join(bench, "results", "delivery.svg"), plot(results));
process.exitCode = results.some(({ wrong }) => wrong > 0) ? 1 : 0;
