// npm run bench -- check [--against=PROGRAM]: the ratios that are stable enough, held against their bars, in a few minutes. What
// is over its bar in the quick form is measured again in the whole form before it counts. With --against the same figures are
// held against those of another build of `dialogue`, in rounds that alternate between the two. The exit code is not 0 where a
// bar is missed or an answer is wrong.
import { accessSync, constants } from "node:fs";
import { resolve } from "node:path";
import { barRows, isOver } from "../delivery/bars.mjs";
import { measure } from "../delivery/measure.mjs";
import { scenarios } from "../delivery/scenarios.mjs";
import { dialogueServer, servers } from "../delivery/servers.mjs";
import { table } from "../lib/results.mjs";
import { againstRows } from "./against.mjs";

const kStable = ["fan-out", "saturated", "rooms", "bursts", "ping-pong", "idle"];
const kQuickRounds = 3;
const kAgainstRounds = 9;

const option = "--against=";
const other = process.argv.find((arg) => arg.startsWith(option))?.slice(option.length);
if (other !== undefined) accessSync(resolve(other), constants.X_OK);
const chosen = scenarios.filter(({ id }) => kStable.includes(id));
const own = servers.filter(({ name }) => name === "dialogue");

async function heldAgainstBars(scenario) {
  const compared = [...servers.filter(({ name }) => name === "floor"), ...own];
  const results = await measure(scenario, compared, { quickRounds: kQuickRounds });
  return barRows(results).some(isOver) ? measure(scenario, compared, {}) : results;
}

const heldAgainstOther = (scenario) =>
  measure({ ...scenario, base: "other", rounds: kAgainstRounds }, [dialogueServer("other", resolve(other)), ...own], {
    quickRounds: kAgainstRounds,
  });

const rows = [];
let wrong = 0;
for (const scenario of chosen) {
  const results = await (other === undefined ? heldAgainstBars(scenario) : heldAgainstOther(scenario));
  wrong += results.reduce((sum, result) => sum + result.wrong, 0);
  rows.push(...(other === undefined ? barRows(results) : againstRows(results)));
}
console.log(`\n${table(rows)}\n`);
const over = rows.filter(isOver).length;
console.log(`${over} of ${rows.length} over the bar, ${wrong} lost, doubled or disordered`);
process.exitCode = over + wrong > 0 ? 1 : 0;
