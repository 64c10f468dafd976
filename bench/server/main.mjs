// npm run bench -- server [--quick]: server CPU per delivered message, Dialogue on one shard beside a bare `ws` echo-broadcast
// server. Rounds alternate between the two in one run; every delivery is checked for loss, repetition and order.
import { median, publish } from "../lib/results.mjs";
import { dialogue, ws } from "./dialects.mjs";
import { runLoad } from "./load.mjs";

const quick = process.argv.includes("--quick");
const kRounds = quick ? 1 : 5;
const kSeconds = quick ? 2 : 6;

// rate is publications per second in each room; the figures keep the load generator below one core.
const kScenarios = [
  { name: "1 room of 1,000", rooms: 1, members: 1000, rate: 30, burst: 1, textBytes: 60 },
  { name: "1 room of 100, bursts of 25", rooms: 1, members: 100, rate: 300, burst: 25, textBytes: 60 },
  { name: "250 rooms of 4", rooms: 250, members: 4, rate: 20, burst: 1, textBytes: 60 },
  { name: "1 room of 100, 1 KB", rooms: 1, members: 100, rate: 200, burst: 1, textBytes: 1000 },
];

const dialects = [dialogue, ws];
const servers = new Map();
for (const dialect of dialects) servers.set(dialect, await dialect.start());

const rows = [];
const raw = [];
for (const scenario of kScenarios) {
  const costs = new Map(dialects.map((dialect) => [dialect, []]));
  let wrong = 0;
  for (let round = 0; round < kRounds; round += 1) {
    for (const dialect of dialects) {
      const run = `${rows.length}-${round}`;
      const result = await runLoad(dialect, servers.get(dialect), { ...scenario, seconds: kSeconds }, run);
      process.stderr.write(`${scenario.name}, ${dialect.name}: ${result.usPerDelivery.toFixed(2)} µs\n`);
      raw.push({ scenario: scenario.name, server: dialect.name, round, ...result });
      costs.get(dialect).push(result.usPerDelivery);
      wrong += result.lost + result.faults;
    }
  }
  rows.push({
    scenario: scenario.name,
    "deliveries/s": scenario.rooms * scenario.members * scenario.rate,
    "dialogue µs": median(costs.get(dialogue)),
    "ws µs": median(costs.get(ws)),
    "dialogue / ws": median(costs.get(dialogue).map((cost, round) => cost / costs.get(ws)[round])),
    "lost, doubled, disordered": wrong,
  });
}
for (const server of servers.values()) await server.stop();

publish({
  name: "server",
  title: "Server CPU per delivered message",
  rows,
  raw,
  keep: !quick,
  notes: [
    `Medians of ${kRounds} alternating rounds of ${kSeconds} s: user and system time of the server process over deliveries.`,
    "`ws` broadcasts the bytes that it gets and does nothing else; Dialogue (`--shards 1`) checks identity, membership and",
    "schema, numbers, deduplicates, acknowledges and keeps the room's log in memory.",
  ],
});
process.exitCode = rows.some((row) => row["lost, doubled, disordered"] > 0) ? 1 : 0;
