// npm run simulate -- [--seed S] [--seeds FROM..TO] [--steps N] [--keep I,J,...] [--verbose]: simulated users, network, server
// and disk, all from one seed; without arguments the first thousand seeds.
// npm run simulate -- client [--seed N] [--seeds FROM..TO] [--planted]: pages of the client, with storage that fails, instead.
import { client, debian, native, npmPackages } from "../lib/build_steps.mjs";
import { at } from "../lib/paths.mjs";
import { runInForeground } from "../lib/processes.mjs";
import { runSteps, verb } from "../lib/steps.mjs";

await verb(async (args) => {
  const [first, ...others] = args;
  if (first === "client") {
    await runSteps([debian("test"), npmPackages("js"), client()]);
    return runInForeground(process.execPath, [at("js", "simulation", "main.mjs"), ...others]);
  }
  await runSteps([debian("test"), native("release", "building the simulator", ["dialogue_simulate"])]);
  return runInForeground(at("build", "release", "bin", "dialogue_simulate"), args);
});
