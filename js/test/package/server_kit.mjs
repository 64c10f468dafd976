// A SvelteKit application of one route, served by Vite: `await kitIn(project)` gives its address and how to stop it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

const files = {
  "package.json": '{ "private": true, "type": "module" }',
  "svelte.config.js": "export default {};",
  "vite.config.js": `import { sveltekit } from "@sveltejs/kit/vite";
    export default { plugins: [sveltekit()], server: { host: "127.0.0.1" } };`,
  "src/app.html": "<!doctype html><html><head>%sveltekit.head%</head><body>%sveltekit.body%</body></html>",
  "src/routes/hooks/+server.js": `import { createHooks, deny } from "dialogue-server";
    import { svelteKitHandler } from "dialogue-server/sveltekit";
    const join = ({ room }) => room !== "staff" || deny("for staff");
    export const POST = svelteKitHandler(createHooks({ secret: process.env.HOOKS_SECRET, join }));`,
};

/** Serves in a directory of its own below `project`, with the packages of `modules` beside those of the project. */
export async function kitIn(project, modules, secret) {
  const directory = mkdtempSync(join(project, "kit-"));
  mkdirSync(join(directory, "src/routes/hooks"), { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  mkdirSync(join(directory, "node_modules/@sveltejs"), { recursive: true });
  for (const name of ["svelte", "vite", "@sveltejs/kit"])
    symlinkSync(join(modules, name), join(directory, "node_modules", name), "dir");
  const command = [join(modules, "vite/bin/vite.js"), "dev"];
  const env = { ...process.env, NO_COLOR: "1", HOOKS_SECRET: secret };
  const program = spawn(process.execPath, command, { cwd: directory, env, stdio: ["ignore", "pipe", "inherit"] });
  const stop = async () => {
    program.kill();
    if (program.exitCode === null) await once(program, "exit");
  };
  for await (const line of createInterface({ input: program.stdout })) {
    const url = /(http:\/\/127\.0\.0\.1:\d+)\//.exec(line)?.[1];
    if (!url) continue;
    program.stdout.resume();
    return { url, stop };
  }
  throw new Error("Vite ended before it listened");
}
