// Runs the world of a seed.
import { scheduleOf } from "./schedule.js";
import { settle } from "./settling.js";
import { perform } from "./steps.js";
import { type Programs, World } from "./world.js";

/** What came of a seed. */
export interface Outcome {
  readonly violation: string | undefined;
  readonly acknowledged: number;
  readonly delivered: number;
  readonly tasks: number;
}

/** Runs a seed. */
export async function run(programs: Programs, seed: number): Promise<Outcome> {
  const { setup, steps } = scheduleOf(seed);
  const world = new World(programs, seed, setup);
  const { ledger, time } = world;
  programs.note?.(JSON.stringify(setup));
  const rejected = (error: any) => ledger.violate(`unhandled rejection: ${error?.stack ?? error}`);
  process.on("unhandledRejection", rejected);
  try {
    await world.begin();
    for (const step of steps) {
      if (ledger.violation) break;
      await time.pass(step.afterMs);
      await perform(world, step);
    }
    if (!ledger.violation) await settle(world);
  } catch (error: any) {
    ledger.violate(`${error?.stack ?? error}`);
  } finally {
    process.off("unhandledRejection", rejected);
  }
  const { violation, acknowledged, delivered } = ledger;
  return { violation, acknowledged, delivered, tasks: time.count };
}
