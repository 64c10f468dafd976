// npm run bench -- delivery [SCENARIO ...] [--peers NAME,NAME] [--quick]: what a delivery costs a server, beside a bare epoll loop and
// other servers. Rounds alternate among the servers; each delivery is checked, and a run with a wrong answer fails.
import { publish } from "../lib/results.mjs";
import { measure } from "./measure.mjs";
import { scenarios } from "./scenarios.mjs";
import { servers } from "./servers.mjs";
import { detailRows, matrixRows, table } from "./tables.mjs";

const args = process.argv.slice(2);
const isQuick = args.includes("--quick");
const peersAt = args.findIndex((arg) => arg.startsWith("--peers"));
const peers = peersAt < 0 ? undefined : (args[peersAt].split("=")[1] ?? args[peersAt + 1]).split(",");
const ids = args.filter((arg, at) => !arg.startsWith("-") && (peersAt < 0 || args[peersAt].includes("=") || at !== peersAt + 1));

const refuse = (what, wrong, known) => {
  if (wrong.length) throw new Error(`no ${what} ${wrong.join(", ")}; there are: ${known.join(" ")}`);
};
const allIds = scenarios.map(({ id }) => id);
const allNames = servers.map(({ name }) => name);
refuse(
  "scenario",
  ids.filter((id) => !allIds.includes(id)),
  allIds,
);
refuse(
  "peer",
  (peers ?? []).filter((name) => !allNames.includes(name)),
  allNames,
);

for (const { name, missing } of servers) if (missing) console.error(`${name} is not on this machine; ${missing}`);
const present = servers.filter(({ name, missing }) => !missing && (!peers || peers.includes(name)));
const chosen = scenarios.filter(({ id }) => ids.length === 0 || ids.includes(id));

const results = [];
for (const scenario of chosen) results.push(...(await measure(scenario, present, { isQuick })));

publish({
  name: "delivery",
  title: "What a delivery costs a server",
  rows: matrixRows(results, present),
  raw: results,
  keep: !isQuick && ids.length === 0 && !peers,
  notes: ["", table(detailRows(results))],
});
process.exitCode = results.some(({ wrong }) => wrong > 0) ? 1 : 0;
