// What durability costs and how soon a killed server serves again. `npm run crash-test -- figures` measures on the whole load and
// keeps bench/results/durability.md; every day a short run shows that it can be measured.
import assert from "node:assert/strict";
import { test } from "node:test";
import { median, publish } from "../../bench/lib/results.mjs";
import { kPatienceMs } from "../../tests/patience.mjs";
import { Campaign, heavyLoad } from "./parts/campaign.mjs";
import { killUnderLoad } from "./parts/rounds.mjs";
import { programs } from "./parts/server.mjs";
import { amount, isWhole, seed } from "./parts/settings.mjs";
import { moment, signalled, within } from "./parts/waiting.mjs";

const restartCount = amount(3, 31);
const roundCount = amount(1, 7);
const roundMs = amount(500, 4000);
const restartMsMax = 1000;
const ratioMin = 0.5;
const msPerSecond = 1000;

/** From the start of the process to the first ACK, after a kill under load, in milliseconds. */
async function restarts() {
  const campaign = new Campaign({ name: "figures", file: "figures", seed, load: { ...heavyLoad, subscribers: [] } });
  const times = [];
  await campaign.play(async () => {
    await campaign.startAndVerify();
    while (times.length < restartCount) {
      await killUnderLoad(campaign);
      const first = signalled();
      campaign.onAck = first.resolve;
      const began = performance.now();
      await campaign.server.start();
      await campaign.connect();
      await within(kPatienceMs, first.promise, "the first ACK");
      times.push(performance.now() - began);
    }
  });
  return times;
}

/** Acknowledged publications per second of a fresh store. */
async function rate(fault) {
  const env = { DIALOGUE_PLANTED_FAULT: fault };
  const load = { ...heavyLoad, subscribers: [] };
  const campaign = new Campaign({ name: "figures", file: "figures", seed, program: programs.mutant, env, load });
  let perSecond = 0;
  await campaign.play(async () => {
    await campaign.server.start();
    await campaign.connect();
    await campaign.loadUntilAck();
    const began = performance.now();
    const { acked } = campaign.ledger;
    await moment(roundMs); // how long is measured
    while (campaign.ledger.acked === acked) await moment(roundMs); // a machine that is too slow for one measures longer
    perSecond = ((campaign.ledger.acked - acked) * msPerSecond) / (performance.now() - began);
    await campaign.server.kill();
  });
  return perSecond;
}

test("a killed server acknowledges again soon, and FULL costs at most half of what OFF would give", async () => {
  const times = await restarts();
  const [full, off] = [[], []];
  for (let round = 0; round < roundCount; ++round) {
    full.push(await rate("none"));
    off.push(await rate("no-sync"));
  }
  const ratio = median(full.map((value, round) => value / off[round]));
  const rows = [
    { figure: "start of the process to the first ACK after kill -9, median ms", value: median(times) },
    { figure: "the slowest of them, ms", value: Math.max(...times) },
    { figure: "acknowledged publications/s, synchronous = FULL, median", value: median(full) },
    { figure: "acknowledged publications/s, synchronous = OFF, median", value: median(off) },
    { figure: "FULL / OFF, median of the pairs", value: ratio },
  ];
  publish({
    name: "durability",
    title: "What durability costs",
    command: "npm run crash-test -- figures",
    rows,
    raw: { times, full, off },
    keep: isWhole,
    notes: [
      `${restartCount} restarts after SIGKILL under load; ${roundCount} alternating rounds`,
      `of ${roundMs / msPerSecond} s on fresh stores.`,
      "Load: 8 producers x 4 rooms x 64 unanswered publications of 10 B to 60 KB, made by the same machine in one Node process,",
      "which is a part of what is measured: FULL / OFF is the figure, not the rates. Group commit has no timer.",
    ],
  });
  assert.ok(times.length === restartCount && Math.min(...full, ...off) > 0);
  if (!isWhole) return; // a short run on a busy machine says that it runs, not how fast
  assert.ok(median(times) < restartMsMax, `${median(times)} ms`);
  assert.ok(ratio >= ratioMin, `${ratio}`);
});
