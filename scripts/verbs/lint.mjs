// npm run lint: checks form and types without changing anything. Prints TAP, so that `npm test` counts each check.
import { debian, npmPackages } from "../lib/build_steps.mjs";
import { checks } from "../lib/format_and_lint.mjs";
import { run, tailOf } from "../lib/processes.mjs";
import { runSteps, verb } from "../lib/steps.mjs";

await verb(async () => {
  await runSteps([debian("lint"), npmPackages("js"), npmPackages("e2e")]);
  let failed = 0;
  for (const [index, { name, command, args }] of checks().entries()) {
    const { code, log } = await run(command, args, {
      log: `lint-${index + 1}`,
    });
    console.log(`${code === 0 ? "ok" : "not ok"} ${index + 1} - ${name}`);
    if (code === 0) continue;
    failed += 1;
    console.log(tailOf(log).replace(/^/gm, "# "));
  }
  return failed ? 1 : 0;
});
