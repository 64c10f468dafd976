// Builds server/: the npm package dialogue-server, in server/dist. Its modules are those that tsc writes, each by itself. The
// types of definitions are the client's, copied beside them. `node scripts/server.mjs` builds only it.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const js = fileURLToPath(new URL("..", import.meta.url));
const made = fileURLToPath(new URL("../../build/dialogue-server", import.meta.url));
const shared = "../../src/api/definitions.js";

/** Replaces server/dist as a whole, once everything has succeeded. */
export function buildServer() {
  rmSync(made, { recursive: true, force: true });
  const { status, stdout } = spawnSync(process.execPath, [`${js}node_modules/typescript/bin/tsc`, "-p", `${js}server`], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`dialogue-server does not compile\n${stdout}`);
  const dist = `${made}/dist`;
  mkdirSync(dist);
  cpSync(`${made}/server/src`, dist, { recursive: true });
  cpSync(`${made}/src/api/definitions.d.ts`, `${dist}/definitions.d.ts`);
  for (const name of readdirSync(dist)) {
    const text = readFileSync(`${dist}/${name}`, "utf8");
    if (name.endsWith(".js") && text.includes(shared)) throw new Error(`${name} needs more than types of the client`);
    writeFileSync(`${dist}/${name}`, text.replaceAll(shared, "./definitions.js"));
  }
  rmSync(`${js}server/dist`, { recursive: true, force: true });
  renameSync(dist, `${js}server/dist`);
  rmSync(made, { recursive: true });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) buildServer();
