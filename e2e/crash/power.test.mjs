// Power loss: SIGKILL keeps what the kernel holds, so it says nothing about syncing. Here the order of system calls says it: the
// server runs under strace, and no ACK may be sent before an fdatasync of the write-ahead log that began after the page with its
// publication was written. A server that does not sync must be found out.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { Campaign } from "./parts/campaign.mjs";
import { programs } from "./parts/server.mjs";
import { amount, seed } from "./parts/settings.mjs";
import { needStrace } from "./parts/strace.mjs";
import { acksIn, linesIn, small, syncsIn, tooEarly, watching } from "./parts/syncs.mjs";

const load = small(amount(40, 400));

before(needStrace);

/** Plays the load to its end under strace: { ledger, lines } of the trace. */
async function traced(options) {
  const campaign = new Campaign({ name: "power", file: "power", seed, load, ...options });
  let lines;
  await campaign.play(async () => {
    await campaign.server.start({ prefix: watching(campaign.directory) });
    await campaign.connect();
    await campaign.loadUntilAck();
    await Promise.all(campaign.producers.map((producer) => producer.settled()));
    await campaign.server.kill();
    lines = linesIn(campaign.directory);
  });
  return { ledger: campaign.ledger, lines };
}

test("R-71 each ACK is sent after a sync of the log that began after its pages were written", async () => {
  const run = await traced({});
  const acks = acksIn(run.lines);
  assert.equal(run.ledger.acked, load.producers * load.most);
  assert.equal(acks.length, run.ledger.acked, "every ACK is seen in the trace");
  assert.deepEqual(tooEarly(run), []);
  console.log(`${acks.length} acknowledgements, ${syncsIn(run.lines).length} syncs of the log, 0 too early`);
});

for (const [fault, what] of Object.entries({ "no-sync": "synchronous = OFF", "ack-before-commit": "an ACK before COMMIT" }))
  test(`the power-loss check finds ${what}`, async () => {
    const run = await traced({ program: programs.mutant, env: { DIALOGUE_PLANTED_FAULT: fault } });
    const found = tooEarly(run);
    assert.ok(found.length > 0, `${fault} was not found in ${acksIn(run.lines).length} acknowledgements`);
    console.log(`${fault}: ${found.length} of ${run.ledger.acked} acknowledgements too early; ${found[0]}`);
  });
