// Where things are. Everything that a verb makes is below build/, node_modules/ or dist/, and `npm run clean` removes it.
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
export const buildDir = join(root, "build");
export const logDir = join(buildDir, "log");
export const reportDir = join(buildDir, "reports");
export const stampDir = join(buildDir, "stamps");

for (const directory of [logDir, reportDir, stampDir]) mkdirSync(directory, { recursive: true });

/** A path below the repository's root. */
export const at = (...parts) => join(root, ...parts);
