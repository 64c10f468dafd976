// npm start: builds what is needed and serves the chat example. What follows `npm start --` goes to the program (--listen
// HOST:PORT, ...).
import { buildSteps } from "../lib/builds.mjs";
import { at } from "../lib/paths.mjs";
import { runHere } from "../lib/run.mjs";
import { runSteps, verb } from "../lib/steps.mjs";

await verb(async (args) => {
  await runSteps(buildSteps());
  const store = args.some((arg) => arg.startsWith("--store")) ? [] : ["--store", `sqlite:${at("build", "chat.db")}`];
  console.log("\nThe chat example. Open the address below in two browser windows; Ctrl-C ends it.\n");
  const page = ["--static", at("build/release/examples/chat/web")];
  return runHere(at("build", "release", "bin", "chat"), ["serve", ...page, ...store, ...args]);
});
