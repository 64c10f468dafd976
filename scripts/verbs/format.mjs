// npm run format: formats C++ with clang-format 14, TypeScript and JavaScript with biome.
import { debian, npmPackages } from "../lib/build_steps.mjs";
import { formatters } from "../lib/format_and_lint.mjs";
import { runOrFail } from "../lib/processes.mjs";
import { runSteps, verb } from "../lib/steps.mjs";

const formatting = formatters().map(({ name, command, args }) => ({
  label: `formatting ${name}`,
  work: () => runOrFail(command, args, { log: `format-${name.split(" ")[0]}` }),
}));

await verb(() => runSteps([debian("lint"), npmPackages("js"), ...formatting]));
