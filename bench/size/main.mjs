// npm run bench -- size: the table of download sizes, ours beside three others'.
import { publish } from "../lib/results.mjs";
import { kBudgetBytesMax, measure, packages } from "./measure.mjs";

publish({
  name: "size",
  title: "Bytes that one import costs a page",
  rows: await Promise.all(packages.map(measure)),
  notes: [
    "Bundled and minified by esbuild for browsers, then compressed. `dialogue-client` carries its WebAssembly inside the bundle.",
    `The budget of ${kBudgetBytesMax.toLocaleString("en-US")} bytes (brotli, all exports) is a test: \`npm test -- size\`.`,
  ],
});
