// npm run chat -- [--listen HOST:PORT] [--demo]: builds the chat application (apps/chat) with the library that it needs, and
// serves it; what it keeps is in build/chat-data. With --demo it has people, rooms and messages, and prints how to log in as one
// of them. DIALOGUE_PREFIX names an installed Dialogue to use instead of building it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { buildSteps, debian } from "../lib/build_steps.mjs";
import { chatApp, chatBuild } from "../lib/chat_app.mjs";
import { at } from "../lib/paths.mjs";
import { runOrFail } from "../lib/processes.mjs";
import { runSteps, verb } from "../lib/steps.mjs";

const address = /http:\/\/\S+/;

await verb(async (args) => {
  const { values } = parseArgs({ args, options: { listen: { type: "string" }, demo: { type: "boolean" } } });
  const library = process.env["DIALOGUE_PREFIX"] ? [] : buildSteps().slice(1);
  await runSteps([debian("chat"), ...library, chatApp()]);
  const places = ["--data", at("build", "chat-data"), "--web", join(chatBuild, "web")];
  const listen = values.listen ? ["--listen", values.listen] : [];
  const program = spawn(join(chatBuild, "dialogue-chat"), ["serve", ...places, ...listen], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  // Ctrl-C reaches the program, too: this verb ends when that has ended.
  for (const signal of ["SIGINT", "SIGTERM"]) process.removeAllListeners(signal).on(signal, () => program.kill("SIGTERM"));
  const end = once(program, "exit");
  for await (const line of createInterface({ input: program.stdout })) {
    const [url] = address.exec(line) ?? [];
    if (url && values.demo) {
      await runOrFail("node", [at("apps", "chat", "demo.mjs"), url], { log: "chat-demo" });
      console.log('\nLog in as ann, bob or carla; their password is "dialogue demo".');
    }
    console.log(url ? `\nDialogue Chat: ${url}  (Ctrl-C ends it)\n` : line);
  }
  const [code] = await end;
  return code ?? 1;
});
