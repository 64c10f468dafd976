// npm run generate: writes every generated file. The list is scripts/lib/generated_files.mjs.
import { writeFileSync } from "node:fs";
import { client, native, npmPackages } from "../lib/build_steps.mjs";
import { generated, generatedByClient, generatedByProgram } from "../lib/generated_files.mjs";
import { at } from "../lib/paths.mjs";
import { runSteps, verb } from "../lib/steps.mjs";

const writing = (files) => files.map(({ path, text }) => ({ label: path, work: () => writeFileSync(at(path), text()) }));
const program = native("release", "building the program", ["dialogue"]);

const packages = [npmPackages("js"), client()];

await verb(() =>
  runSteps([...writing(generated), ...packages, ...writing(generatedByClient), program, ...writing(generatedByProgram)]),
);
