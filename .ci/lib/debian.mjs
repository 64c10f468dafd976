// The Debian packages that a verb needs: asks dpkg what is missing, and installs exactly that;
// libraries of the program that are older than is safe are upgraded.
import { spawnSync } from "node:child_process";
import { must, runHere } from "./run.mjs";
import { isAtLeast, safeVersions } from "./safe_versions.mjs";

const kToBuild = (
  "g++ cmake ninja-build ccache mold emscripten binaryen libboost1.81-dev nlohmann-json3-dev catch2 libspdlog-dev " +
  "libfmt-dev libcli11-dev libsqlite3-dev libssl-dev libre2-dev libmimalloc-dev prometheus-cpp-dev zlib1g-dev brotli"
).split(" ");
const kToLint = ["clang-format-14"];
const kBrowsers = ["chromium", "firefox-esr"];
const kToTest = "clang-14 libclang-rt-14-dev llvm-14 webkit2gtk-driver xvfb xauth strace openssl nginx haproxy".split(" ");

const kToCompare = ["nginx", "libnginx-mod-nchan", "nats-server", "openssl"]; // servers that deliveries are compared with

/** What each kind of verb, or measurement, needs from Debian 12. */
export const debianPackages = {
  start: kToBuild,
  lint: kToLint,
  client: [...kToBuild, ...kBrowsers],
  page: [...kToBuild, ...kBrowsers],
  delivery: [...kToBuild, ...kToCompare],
  profile: [...kToBuild, "linux-perf"],
  coverage: [...kToBuild, "gcovr"],
  test: [...kToBuild, ...kToLint, ...kBrowsers, ...kToTest],
};

const kQueryFormat = "${Package} ${db:Status-Status} ${Version}\\n";

/** What of `packages` is not there, and what of the program's libraries is there and older than its safe version. */
function missingOf(packages) {
  const asked = spawnSync("dpkg-query", ["-W", "-f", kQueryFormat, ...packages, ...Object.keys(safeVersions)], {
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
  return (await runHere("sudo", ["-v"])) === 0 ? ["sudo"] : undefined;
}

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
    const [command, ...rest] = [...prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", ...args];
    return must(command, rest, { log: "apt", append: args[0] !== "update" });
  };
  await apt("update");
  await apt("install", "-y", "--no-install-recommends", ...missing);
  return missing.join(" ");
}
