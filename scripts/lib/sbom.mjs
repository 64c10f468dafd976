// What the program is made of: the libraries that it loads and the headers that were compiled into it, each with the Debian
// package and its version. `npm run build` writes it beside the program as a CycloneDX document; tests/supply holds the
// versions against those that are safe.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { at } from "./paths.mjs";

/** Libraries that are linked as archives, by their packages: ldd does not show them. */
const archives = ["libhiredis-dev"];
/** Libraries of which only headers are used, by their packages. */
const headers = ["libboost1.81-dev", "nlohmann-json3-dev", "libcli11-dev"];

const output = (command, ...args) => execFileSync(command, args, { encoding: "utf8" });

/** The shared libraries that `program` loads, by their paths. */
const libraries = (program) => [...output("ldd", program).matchAll(/=> (\/\S+)/g)].map((match) => match[1]);

/** The package that a file is of. Where /lib is a link to /usr/lib, dpkg knows a file by either name. */
function packageOf(path) {
  const line = output("dpkg-query", "-S", `*${path.replace(/^\/usr\//, "/")}`).split("\n")[0];
  return line.slice(0, line.lastIndexOf(": "));
}

const versionOf = (name) => output("dpkg-query", "-W", "-f", "${Version}", name);

/** { name, version, kind } of each package in `program`, sorted: kind is "linked", "archive" or "header". */
export function componentsOf(program) {
  const linked = new Set(libraries(program).map((path) => packageOf(path).replace(/:\w+$/, "")));
  const kinds = { linked: [...linked], archive: archives, header: headers };
  const parts = Object.entries(kinds).flatMap(([kind, names]) => names.map((name) => ({ name, kind })));
  return parts.map((part) => ({ ...part, version: versionOf(part.name) })).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The bill of materials of `program`, as CycloneDX 1.5. */
export function sbomOf(program) {
  const { version } = JSON.parse(readFileSync(at("js", "package.json"), "utf8"));
  const components = componentsOf(program).map(({ name, kind, version: its }) => ({
    type: "library",
    name,
    version: its,
    purl: `pkg:deb/debian/${name}@${encodeURIComponent(its)}?distro=bookworm`,
    properties: [{ name: "dialogue:use", value: kind }],
  }));
  const component = { type: "application", name: "dialogue", version };
  return { bomFormat: "CycloneDX", specVersion: "1.5", version: 1, metadata: { component }, components };
}
