// Installs the Debian packages that a verb needs. scripts/debian-packages.txt lists them; dpkg says which are missing, and only
// those are installed. Libraries of the program that are older than is safe (safe_versions.mjs) are upgraded.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { at } from "./paths.mjs";
import { runInForeground, runOrFail } from "./processes.mjs";
import { isAtLeast, safeVersions } from "./safe_versions.mjs";

/** The packages of each group in scripts/debian-packages.txt. */
function packageGroups() {
  const groups = {};
  let group;
  for (const line of readFileSync(at("scripts", "debian-packages.txt"), "utf8").split("\n")) {
    const heading = /^# (\w+):/.exec(line);
    if (heading) group = groups[heading[1]] = [];
    const name = line.replace(/#.*/, "").trim();
    if (name) group.push(name);
  }
  return groups;
}

const groups = packageGroups();

const compared = [...groups.build, ...groups.compare, "nats-server", "nginx", "openssl"];

/** What each kind of verb, or measurement, needs from Debian 12. */
export const debianPackages = {
  start: groups.build,
  chat: [...groups.build, ...groups.chat],
  lint: groups.lint,
  client: [...groups.build, ...groups.browsers],
  page: [...groups.build, ...groups.browsers],
  delivery: compared,
  ways: compared,
  profile: [...groups.build, ...groups.profile],
  coverage: [...groups.build, ...groups.coverage],
  gate: [...groups.build, ...groups.lint, ...groups.gate],
  test: [...groups.build, ...groups.chat, ...groups.lint, ...groups.browsers, ...groups.gate, ...groups.test],
};

const queryFormat = "${Package} ${db:Status-Status} ${Version}\\n";

/** What of `packages` is not there, and what of the program's libraries is there and older than its safe version. */
function missingOf(packages) {
  const asked = spawnSync("dpkg-query", ["-W", "-f", queryFormat, ...packages, ...Object.keys(safeVersions)], {
    encoding: "utf8",
  });
  if (asked.error) return undefined;
  const lines = asked.stdout.split("\n").map((line) => line.split(" "));
  const installed = new Map(lines.filter(([, status]) => status === "installed").map(([name, , version]) => [name, version]));
  const absent = packages.filter((name) => !installed.has(name));
  const isOld = ([name, least]) => installed.has(name) && !isAtLeast(installed.get(name), least);
  return [
    ...absent,
    ...Object.entries(safeVersions)
      .filter(isOld)
      .map(([name]) => name),
  ];
}

/** How to become root here: [] as root, ["sudo", ...] where that can work, undefined otherwise. */
async function rootPrefix() {
  if (process.getuid() === 0) return [];
  if (spawnSync("sudo", ["-n", "true"]).status === 0) return ["sudo", "-n"];
  if (!process.stdin.isTTY || spawnSync("sudo", ["--version"]).error) return undefined;
  console.log("\nsudo asks for your password to install Debian packages:");
  return (await runInForeground("sudo", ["-v"])) === 0 ? ["sudo"] : undefined;
}

/** A fresh machine is often about to upgrade itself: wait for that, for so many seconds. */
const waiting = ["-o", "DPkg::Lock::Timeout=600"];

/** Installs what is missing of `packages`; throws with the exact apt-get line where that needs a person. */
export async function installDebian(packages) {
  const missing = missingOf(packages);
  if (missing === undefined) return `no dpkg here: on Debian 12 this would install ${packages.join(" ")}`;
  if (missing.length === 0) return "nothing missing";
  const prefix = await rootPrefix();
  if (!prefix) {
    throw new Error(
      `These packages are missing or too old, and only root can install them. Run this, then try again:\n` +
        `  sudo apt-get update && sudo apt-get install -y --no-install-recommends ${missing.join(" ")}`,
    );
  }
  const apt = (...args) => {
    const [command, ...rest] = [...prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", ...waiting, ...args];
    return runOrFail(command, rest, { log: "apt", append: args[0] !== "update" });
  };
  await apt("update");
  await apt("install", "-y", "--no-install-recommends", ...missing);
  return missing.join(" ");
}
