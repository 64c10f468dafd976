// npm run generate: writes every generated file anew. The list is scripts/lib/generated_files.mjs.
import { writeFileSync } from "node:fs";
import { generated } from "../lib/generated_files.mjs";
import { at } from "../lib/paths.mjs";
import { runSteps, verb } from "../lib/steps.mjs";

const writing = generated.map(({ path, text }) => ({ label: path, work: () => writeFileSync(at(path), text()) }));

await verb(() => runSteps(writing));
