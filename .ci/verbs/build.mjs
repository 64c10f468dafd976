// npm run build: everything in release form. build/release/bin/dialogue is the native program, js/dist the npm package.
import { buildSteps } from "../lib/builds.mjs";
import { runSteps, verb } from "../lib/steps.mjs";

await verb(() => runSteps(buildSteps()));
