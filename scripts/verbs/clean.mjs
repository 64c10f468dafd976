// npm run clean: removes what the verbs made. The compiler cache stays (ccache --clear empties it).
import { rmSync } from "node:fs";
import { at } from "../lib/paths.mjs";
import { verb } from "../lib/steps.mjs";

await verb(() => {
  for (const path of ["build", "js/dist", "js/server/dist", "js/node_modules", "e2e/node_modules", "bench/node_modules"]) {
    rmSync(at(path), { recursive: true, force: true });
    console.log(`removed ${path}`);
  }
});
