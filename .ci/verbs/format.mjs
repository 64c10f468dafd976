// npm run format: formats C++ with clang-format 14, TypeScript and JavaScript with biome.
import { debian, npmPackages } from "../lib/builds.mjs";
import { must } from "../lib/run.mjs";
import { runSteps, verb } from "../lib/steps.mjs";
import { formatters } from "../lib/style.mjs";

const formatting = formatters().map(({ name, command, args }) => ({
  label: `formatting ${name}`,
  work: () => must(command, args, { log: `format-${name.split(" ")[0]}` }),
}));

await verb(() => runSteps([debian("lint"), npmPackages("js"), ...formatting]));
