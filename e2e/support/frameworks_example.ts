// Examples as Vite builds them for production.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { buildDir, example, stockProgram } from "./server.js";

const js = join(dirname(example("")), "js");
export const frameworks = ["react", "vue", "svelte", "solid"];

export const buildFrameworks = () => buildExample("frameworks");

/** Builds the pages of an example, in a new directory, with the packages of js/, which have the versions of the example. */
export function buildExample(name: string): string {
  const directory = mkdtempSync(join(buildDir, `${name}-example-`));
  cpSync(example(name), directory, { recursive: true, filter: (path) => !/node_modules|package-lock/.test(path) });
  const modules = join(directory, "node_modules");
  mkdirSync(modules);
  for (const name of readdirSync(join(js, "node_modules"))) symlinkSync(join(js, "node_modules", name), join(modules, name));
  symlinkSync(js, join(modules, "dialogue-client"));
  execFileSync(stockProgram, ["codegen", join(directory, "app.json"), "--ts", join(directory, "app.ts")]);
  const vite = [join(js, "node_modules", "vite", "bin", "vite.js"), "build", "--logLevel", "error"];
  execFileSync(process.execPath, vite, { cwd: directory });
  return directory;
}
