// npm run build: everything in release form. build/release/bin/dialogue is the native program, js/dist the npm package, and
// build/release/dialogue.cdx.json the list of what the program is made of.
import { writeFileSync } from "node:fs";
import { buildSteps } from "../lib/build_steps.mjs";
import { at } from "../lib/paths.mjs";
import { sbomOf } from "../lib/sbom.mjs";
import { runSteps, verb } from "../lib/steps.mjs";

/** Where there is no dpkg, nothing can tell what the libraries are. */
function writeSbom() {
  try {
    const bill = sbomOf(at("build", "release", "bin", "dialogue"));
    writeFileSync(at("build", "release", "dialogue.cdx.json"), `${JSON.stringify(bill, null, 2)}\n`);
    return `${bill.components.length} parts`;
  } catch (error) {
    return `not written: ${error.message.split("\n")[0]}`;
  }
}

await verb(() => runSteps([...buildSteps(), { label: "writing the bill of materials", work: writeSbom }]));
