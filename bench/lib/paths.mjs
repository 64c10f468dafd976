// Where the measured things are: the release build, or another one named by DIALOGUE_BUILD, and what is built for measuring.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const bench = join(dirname(fileURLToPath(import.meta.url)), "..");
const root = join(bench, "..");

export const program = join(process.env.DIALOGUE_BUILD ?? join(root, "build", "release"), "bin", "dialogue");
export const client = join(root, "js", "dist", "index.js");
export const clientManifest = join(root, "js", "package.json");
export const output = join(root, "build", "bench");
