// npm start: builds what is needed and serves the chat example. What follows `npm start --` goes to the program (--listen
// HOST:PORT, ...).
import { startSteps } from "../lib/build_steps.mjs";
import { at } from "../lib/paths.mjs";
import { runInForeground } from "../lib/processes.mjs";
import { runSteps, verb } from "../lib/steps.mjs";

await verb(async (args) => {
  await runSteps(startSteps());
  const store = args.some((arg) => arg.startsWith("--store")) ? [] : ["--store", `sqlite:${at("build", "chat.db")}`];
  console.log("\nThe chat example. Open the address below in two browser windows; Ctrl-C ends it.\n");
  const page = ["--static", at("build/release/examples/chat/web")];
  return runInForeground(at("build", "release", "bin", "chat"), ["serve", ...page, ...store, ...args]);
});
