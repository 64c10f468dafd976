// npm run soak -- [--hours H] [--minutes M] [--rate R] [--seed N] [--out DIR]: a mixed load with churn against the real server,
// with a plot of what it takes and a verdict on whether any of it grows.
import { help, planOf } from "../../e2e/soak/parts/plan.mjs";
import { client, debian, native, npmPackages } from "../lib/build_steps.mjs";
import { at } from "../lib/paths.mjs";
import { runSteps, verb } from "../lib/steps.mjs";

await verb(async (args) => {
  const plan = planOf(args, at("build", "soak"));
  await runSteps([debian("test"), npmPackages("js"), client(), npmPackages("e2e"), native("release", "building the server")]);
  const { soak, summaryOf } = await import("../../e2e/soak/parts/run.mjs");
  const verdict = await soak(plan);
  console.log(`${summaryOf(verdict)}\nThe plot: ${plan.out}/soak.svg`);
  return verdict.holds ? 0 : 1;
}, help);
