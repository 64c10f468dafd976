// The build steps that verbs are put together from: each returns { label, work } for runSteps.
import { existsSync } from "node:fs";
import { debianPackages, installDebian } from "./debian.mjs";
import { installNpm } from "./npm.mjs";
import { at, buildDir } from "./paths.mjs";
import { must } from "./run.mjs";
import { hashOf, once } from "./stamps.mjs";

// Paths inside the repository are hashed relative to it, so a second clone finds the first one's objects.
const kCompilerEnv = {
  CCACHE_BASEDIR: at(),
  CCACHE_NOHASHDIR: "1",
  CCACHE_SLOPPINESS: "pch_defines,time_macros,include_file_ctime,include_file_mtime",
};
// Debian's emscripten finds its JavaScript tools only this way.
const kEmscriptenEnv = { NODE_PATH: "/usr/share/nodejs" };

/** Debian packages for a row of debianPackages. */
export const debian = (kind) => ({
  label: "Debian packages",
  work: () => installDebian(debianPackages[kind]),
});

/** npm packages of "js", "e2e" or "bench". */
export const npmPackages = (directory) => ({
  label: `npm packages of ${directory}/`,
  work: () => installNpm(directory),
});

/** The browser client: the WebAssembly core and js/dist, which the native program carries inside. */
export const client = () => ({
  label: "building the client",
  work: () =>
    once("client", hashOf("shared", "client-wasm", "js", "cmake"), [at("js", "dist", "index.js")], () =>
      must("npm", ["run", "build"], {
        log: "build-client",
        cwd: at("js"),
        env: { ...kCompilerEnv, ...kEmscriptenEnv },
      }),
    ),
});

/** One CMake preset, whole or only the named targets; `yields`: whatever else wants the processors comes first. */
export const native = (preset, label, targets = [], { yields = false } = {}) => ({
  label,
  work: async () => {
    const log = `build-${preset}`;
    const ninja = at("build", preset, "build.ninja");
    await once(`configure-${preset}`, hashOf("CMakePresets.json"), [ninja], () =>
      must("cmake", ["--preset", preset], {
        log: `configure-${preset}`,
        env: kCompilerEnv,
      }),
    );
    const chosen = targets.length ? ["--target", ...targets] : [];
    const command = ["cmake", "--build", at("build", preset), ...chosen];
    const [program, ...args] = yields ? ["nice", "-n", "19", ...command] : command;
    await must(program, args, { log, env: kCompilerEnv });
  },
});

/** What `npm start` and `npm run build` need: packages, the client, then the native program around it. */
export const buildSteps = () => [debian("start"), npmPackages("js"), client(), native("release", "building the server")];

/** Whether a preset has been built before. */
export const isBuilt = (preset) => existsSync(`${buildDir}/${preset}/build.ninja`);
