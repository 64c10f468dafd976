// How code is checked and formatted: clang-format 14 for C++, biome for TypeScript and JavaScript, tsc for types.
import { existsSync, readdirSync } from "node:fs";
import { at } from "./paths.mjs";
import { filesOf } from "./stamps.mjs";

const isWritten = (path) => !/(^|\/)(gen|generated|vectors)\//.test(path);

const cpp = () => filesOf("*.hpp", "*.cpp").filter(isWritten);
const biome = at("js", "node_modules", ".bin", "biome");

/** Directories with a tsconfig.json, each checked by the TypeScript compiler of the package that it belongs to. */
function typeScriptProjects() {
  const packages = ["js", "e2e", "bench"].filter((name) => existsSync(at(name, "tsconfig.json")));
  const within = ["dashboard", "server"].map((name) => ({
    name: `js/${name}/tsconfig.json has no type errors`,
    command: at("js", "node_modules", ".bin", "tsc"),
    args: ["--noEmit", "-p", at("js", name, "tsconfig.json")],
  }));
  const each = packages.flatMap((name) => {
    const configs = readdirSync(at(name)).filter((file) => /^tsconfig(\.test)?\.json$/.test(file));
    return configs.map((config) => ({
      name: `${name}/${config} has no type errors`,
      command: at(name, "node_modules", ".bin", "tsc"),
      args: ["--noEmit", "-p", at(name, config)],
    }));
  });
  return [...each, ...within];
}

/** The checks of `npm run lint`: each a name and the command that must succeed. */
export const checks = () => [
  {
    name: "C++ is formatted (npm run format fixes it)",
    command: "clang-format-14",
    args: ["--dry-run", "-Werror", ...cpp()],
  },
  {
    name: "TypeScript and JavaScript are formatted and linted",
    command: biome,
    args: ["check", "--error-on-warnings"],
  },
  ...typeScriptProjects(),
];

/** The commands of `npm run format`. */
export const formatters = () => [
  { name: "C++", command: "clang-format-14", args: ["-i", ...cpp()] },
  {
    name: "TypeScript and JavaScript",
    command: biome,
    args: ["check", "--write"],
  },
];
