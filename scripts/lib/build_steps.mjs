// The build steps that verbs are put together from: each returns { label, work } for runSteps.
import { existsSync, readFileSync } from "node:fs";
import { debianPackages, installDebian } from "./debian.mjs";
import { installNpm } from "./npm.mjs";
import { at } from "./paths.mjs";
import { runOrFail } from "./processes.mjs";
import { filesOf, hashOf, hashOfFiles, once } from "./stamps.mjs";
import { duration } from "./steps.mjs";

const objectsBeforeEstimate = 10;

// As in the build presets: paths inside the repository are hashed relative to it, so that clones share objects.
const compilerEnv = {
  CCACHE_BASEDIR: at(),
  CCACHE_NOHASHDIR: "1",
  CCACHE_SLOPPINESS: "pch_defines,time_macros,include_file_ctime,include_file_mtime",
};
// Debian's emscripten finds its JavaScript tools only this way.
const emscriptenEnv = { NODE_PATH: "/usr/share/nodejs" };

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

/** What of the server is in the package's module, for tests. */
const inServerModule = ["core", "metrics", "definitions", "store"].map((layer) => `server/${layer}`);
/** What the client is built from: without the package's own tests. */
const clientSources = () =>
  filesOf("shared", "client-wasm", "server-wasm", "js", "cmake", ...inServerModule).filter(
    (path) => !path.startsWith("js/test/"),
  );

/** The browser client: the WebAssembly core and js/dist, which the native program carries inside. */
export const client = () => ({
  label: "building the client",
  work: () =>
    once(
      "client",
      hashOfFiles(clientSources()),
      ["dist", "server/dist"].map((directory) => at("js", directory, "index.js")),
      () =>
        runOrFail("npm", ["run", "build"], {
          log: "build-client",
          cwd: at("js"),
          env: { ...compilerEnv, ...emscriptenEnv },
        }),
    ),
});

/** A new build directory gets a unity build, which is sooner done; one that is there stays what it is: decision 291. */
function unityOf(preset) {
  const cache = at("build", preset, "CMakeCache.txt");
  if (!existsSync(cache)) return "ON";
  return /^CMAKE_UNITY_BUILD:\w+=ON$/m.test(readFileSync(cache, "utf8")) ? "ON" : "OFF";
}

/** Shows ninja's "[12/269] ..." as "12/269, about 3 min left". A rule may run a ninja of its own, whose total is smaller. */
function ninjaProgress(show) {
  const start = performance.now();
  let largest = 0;
  return (text) => {
    const [, done, all] = [...text.matchAll(/^\[(\d+)\/(\d+)\]/gm)].at(-1)?.map(Number) ?? [];
    if (!done || all < largest) return;
    largest = all;
    const left = ((performance.now() - start) / done) * (all - done);
    show(`${done}/${all}${done < objectsBeforeEstimate ? "" : `, about ${duration(left)} left`}`);
  };
}

/**
 * A command that gives way to whatever else wants the processors. Each job is a session of its own, and Linux shares the
 * processors among sessions first (sched(7), autogroup): without the group's own value, nice means nothing to the others.
 */
const yielding = (command) => [
  ...["sh", "-c", 'echo 19 2>/dev/null >/proc/self/autogroup; exec nice -n 19 "$@"', "yield"],
  ...command,
];

/** One CMake preset, whole or only the named targets; `yields`: whatever else wants the processors comes first. */
export const native = (preset, label, targets = ["all"], { yields = false } = {}) => ({
  label,
  work: async (show) => {
    const ninja = at("build", preset, "build.ninja");
    await once(`configure-${preset}`, hashOf("CMakePresets.json"), [ninja], () =>
      runOrFail("cmake", ["--preset", preset, "-D", `CMAKE_UNITY_BUILD=${unityOf(preset)}`], { log: `configure-${preset}` }),
    );
    const command = ["cmake", "--build", "--preset", preset, "--target", ...targets];
    const [program, ...args] = yields ? yielding(command) : command;
    await runOrFail(program, args, {
      log: `build-${preset}`,
      // Objects of one clone serve another: paths are relative, and no tool needs to know where debug information begins.
      env: { NINJA_STATUS: "[%f/%t] ", CCACHE_NOHASHDIR: "1" },
      onOutput: show && ninjaProgress(show),
    });
  },
});

/** What `npm start` serves, and nothing else: the chat and its page. */
export const startSteps = () => [
  ...[debian("start"), npmPackages("js"), client()],
  native("release", "building the chat", ["chat", "chat_web"]),
];

/** Everything but the tests: packages, the client, then the native programs. */
export const buildSteps = () => [debian("start"), npmPackages("js"), client(), native("release", "building the server")];
