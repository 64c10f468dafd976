// npm run bench -- check: the ratios that are stable enough, held against their bars, in a few minutes. What is over its bar in
// the quick form is measured again in the whole form before it counts. The exit code is not 0 where a bar is missed or an answer
// is wrong.

import { barRows, isOver } from "../delivery/bars.mjs";
import { measure } from "../delivery/measure.mjs";
import { scenarios } from "../delivery/scenarios.mjs";
import { servers } from "../delivery/servers.mjs";
import { table } from "../lib/results.mjs";

const kStable = ["fan-out", "saturated", "rooms", "bursts", "ping-pong", "idle"];
const kQuickRounds = 3;

const compared = servers.filter(({ name }) => ["floor", "dialogue"].includes(name));
const rows = [];
let wrong = 0;
for (const scenario of scenarios.filter(({ id }) => kStable.includes(id))) {
  let results = await measure(scenario, compared, { quickRounds: kQuickRounds });
  if (barRows(results).some(isOver)) results = await measure(scenario, compared, {});
  wrong += results.reduce((sum, result) => sum + result.wrong, 0);
  rows.push(...barRows(results));
}
console.log(`\n${table(rows)}\n`);
const over = rows.filter(isOver).length;
console.log(`${over} of ${rows.length} over the bar, ${wrong} lost, doubled or disordered`);
process.exitCode = over + wrong > 0 ? 1 : 0;
