// npm packages of one directory: `npm ci` when its lock file changed since the last time, nothing otherwise.
import { existsSync } from "node:fs";
import { at } from "./paths.mjs";
import { runOrFail } from "./processes.mjs";
import { hashOf, once } from "./stamps.mjs";

/** Installs the npm packages of `directory` exactly as its package-lock.json says. */
export async function installNpm(directory) {
  if (!existsSync(at(directory, "package-lock.json"))) throw new Error(`${directory}/package-lock.json is missing`);
  const key = `${hashOf(`${directory}/package-lock.json`, `${directory}/package.json`)} ${process.version}`;
  const name = `npm-${directory.replaceAll("/", "-")}`;
  return once(name, key, [at(directory, "node_modules")], () =>
    runOrFail("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=warn"], {
      log: name,
      cwd: at(directory),
      env: { PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD: "1" },
    }),
  );
}
