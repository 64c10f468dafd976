// Rounds of one kind: fault, start, checks, again; a new directory every few rounds.
import { Campaign } from "./campaign.mjs";
import { moment } from "./waiting.mjs";

const roundsPerDirectory = 4;
const killMs = [5, 500]; // after the first acknowledgement

/**
 * Runs campaigns with `options` (name, seed, ...) until `count` rounds of `fault(campaign)` are over, each followed by a start
 * and all the checks. Throws at the first red round; `note(campaign)` is given each green campaign.
 */
export async function rounds(options, count, fault, note = () => {}) {
  for (let done = 0; done < count; ) {
    const campaign = new Campaign({ ...options, seed: options.seed + done });
    await campaign.play(async () => {
      await campaign.startAndVerify();
      for (const end = Math.min(count, done + roundsPerDirectory); done < end && !campaign.isRed; ++done) {
        ++campaign.rounds;
        await fault(campaign);
        if (!campaign.isRed) await campaign.startAndVerify();
      }
      if (!campaign.isRed) await campaign.finish();
    });
    note(campaign);
  }
}

/** SIGKILL at a random moment after the first acknowledgement. */
export async function killUnderLoad(campaign) {
  const { server, chance } = campaign;
  await campaign.loadUntilAck();
  await moment(chance.between(...killMs));
  await server.kill();
  await campaign.drain();
}
