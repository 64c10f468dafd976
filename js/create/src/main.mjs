#!/usr/bin/env node
// npm create dialogue: reads the arguments, asks for what is missing, and writes the project.
import { readFileSync } from "node:fs";
import { basename, relative, resolve } from "node:path";
import { createInterface } from "node:readline/promises";
import { Fault, help, readArguments } from "./arguments.mjs";
import { backends, frontends } from "./catalogue.mjs";
import { filesOf } from "./files.mjs";
import { write } from "./write.mjs";

/** Asks for one of `choices`, until the answer is one of them. */
async function choose(lines, what, choices) {
  const [first] = choices;
  for (;;) {
    const answer = (await lines.question(`${what} (${choices.join(", ")}) [${first}]: `)).trim() || first;
    if (choices.includes(answer)) return answer;
    console.log(`"${answer}" is none of them.`);
  }
}

/** The arguments, completed by questions where there is a terminal. */
async function completed(asked) {
  const [[template], [server]] = [frontends, backends].map(Object.keys);
  const isComplete = asked.directory && asked.template && asked.server;
  if (isComplete || !asked.interactive || !process.stdin.isTTY) return { directory: "dialogue-app", template, server, ...asked };
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return {
      ...asked,
      directory: asked.directory ?? ((await lines.question("Directory [dialogue-app]: ")).trim() || "dialogue-app"),
      template: asked.template ?? (await choose(lines, "Template", Object.keys(frontends))),
      server: asked.server ?? (await choose(lines, "Server", Object.keys(backends))),
    };
  } finally {
    lines.close();
  }
}

async function main() {
  const asked = readArguments(process.argv.slice(2));
  if (asked.help) return console.log(help);
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  if (asked.version) return console.log(version);
  const { directory, template, server, packages, force } = await completed(asked);
  const path = resolve(directory);
  write(path, filesOf({ name: basename(path), template, server, version, packages }), { force });
  const place = relative(process.cwd(), path);
  console.log(`Created ${template} with the server "${server}" in ${place || "."}. Next:\n`);
  for (const line of [...(place ? [`cd ${place}`] : []), "npm install", "npm run dev"]) console.log(`  ${line}`);
}

main().catch((error) => {
  if (!(error instanceof Fault) && !error.syscall) throw error;
  console.error(`create-dialogue: ${error.message}`);
  process.exitCode = error instanceof Fault ? 2 : 1;
});
