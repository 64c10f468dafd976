// npm run bench -- access [--quick]: what tokens with capabilities, rate limits and one pass-through middleware cost a message:
// server CPU per delivered message with each, beside the same load without. Rounds alternate within a pair; every delivery is
// checked.
import { load } from "../delivery/generator.mjs";
import { median, publish } from "../lib/results.mjs";
import { pairs } from "./variants.mjs";

const quick = process.argv.includes("--quick");
const kRounds = quick ? 1 : 7;
const kSeconds = quick ? 2 : 6;
const kRatioMax = 1.1;

// Few members to a room, so that what is done once a publication shows; rate is publications per second, of all rooms together.
const kScenarios = [
  { name: "500 rooms of 1", rooms: 500, clients: 500, rate: 8000 },
  { name: "250 rooms of 4", rooms: 250, clients: 1000, rate: 5000 },
];

const rows = [];
const raw = [];

/** One pair in one scenario: a row. */
async function measure({ name, plain, loaded }, { name: scenario, rooms, clients, rate }) {
  const servers = new Map();
  for (const variant of [plain, loaded]) servers.set(variant, await variant.start());
  const costs = new Map([plain, loaded].map((variant) => [variant, []]));
  let wrong = 0;
  for (let round = 0; round < kRounds; round += 1) {
    const order = round % 2 === 0 ? [plain, loaded] : [loaded, plain]; // whoever is first is not always the same
    for (const variant of order) {
      const figures = Object.entries({ rooms, clients, rate, seconds: kSeconds }).flatMap(([key, value]) => [
        `--${key}`,
        `${value}`,
      ]);
      const result = await load({ name: variant.name, ...servers.get(variant) }, [...figures, ...variant.args()]);
      const { cpuUsPerDelivery } = result.server;
      process.stderr.write(`${name}, ${scenario}, ${variant.name}: ${cpuUsPerDelivery.toFixed(2)} µs\n`);
      raw.push({ pair: name, scenario, server: variant.name, round, ...result });
      costs.get(variant).push(cpuUsPerDelivery);
      wrong += result.lost + result.doubled + result.disordered + result.refused;
    }
  }
  for (const server of servers.values()) await server.stop();
  return {
    "what is added": name,
    scenario,
    "without µs": median(costs.get(plain)),
    "with µs": median(costs.get(loaded)),
    ratio: median(costs.get(loaded).map((cost, round) => cost / costs.get(plain)[round])),
    "lost, doubled, disordered": wrong,
  };
}

for (const pair of pairs) for (const scenario of kScenarios) rows.push(await measure(pair, scenario));

publish({
  name: "access",
  title: "What access costs a message",
  rows,
  raw,
  keep: !quick,
  notes: [
    `Medians of ${kRounds} rounds of ${kSeconds} s that alternate within a pair: user and system time of the server process`,
    `over deliveries. The ratio is the median of the rounds' ratios; at most ${kRatioMax.toFixed(2)} is the aim. Each server`,
    "has one shard and its log in memory. Without: development identities, no limits. Auth: HS256 tokens with three patterns of",
    "rooms, read once a connection and asked at each publication. Limits: `rateLimit` global and for the room and",
    "`bytesPerSecond`, never reached. Middleware: a size guard in C++, which lets everything pass.",
  ],
});
const isOver = rows.some((row) => row.ratio > kRatioMax);
process.exitCode = rows.some((row) => row["lost, doubled, disordered"] > 0) || (isOver && !quick) ? 1 : 0;
