// The chat application: installs the library and packs the npm client into build/prefix, then builds apps/chat against those
// only, as for a developer who has neither this repository's sources nor its build.
import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { installNpm } from "./npm.mjs";
import { at } from "./paths.mjs";
import { runOrFail } from "./processes.mjs";
import { hashOf, once } from "./stamps.mjs";

/** Where Dialogue is installed for the application; DIALOGUE_PREFIX names another place, which is used as it is. */
export const prefix = process.env["DIALOGUE_PREFIX"] ?? at("build", "prefix");
export const chatBuild = at("build", "chat");

async function installDialogue() {
  if (process.env["DIALOGUE_PREFIX"]) return `that of ${prefix}`;
  const key = hashOf("shared", "server", "client-wasm", "js", "cmake", "CMakeLists.txt");
  return once("chat-prefix", key, [at("build", "prefix", "lib")], async () => {
    rmSync(prefix, { recursive: true, force: true });
    mkdirSync(prefix, { recursive: true });
    await runOrFail("cmake", ["--install", at("build", "release"), "--prefix", prefix], { log: "chat-install" });
    await runOrFail("npm", ["pack", "--pack-destination", prefix], { log: "chat-pack", cwd: at("js") });
  });
}

/** The packed client, unpacked where the bundler looks for packages. */
async function unpackClient() {
  const packed = readdirSync(prefix).find((file) => /^dialogue-client-.*\.tgz$/.test(file));
  if (!packed) throw new Error(`${prefix} has no packed dialogue-client: npm pack in js/ makes it`);
  const place = at("apps", "chat", "node_modules", "dialogue-client");
  rmSync(place, { recursive: true, force: true });
  mkdirSync(place, { recursive: true });
  await runOrFail("tar", ["-xzf", join(prefix, packed), "-C", place, "--strip-components=1"], { log: "chat-unpack" });
}

async function buildWeb() {
  const key = `${hashOf("apps/chat/web", "apps/chat/chat.json", "apps/chat/package-lock.json", "js")} ${prefix}`;
  const outputs = [join(chatBuild, "web", "index.html"), at("apps", "chat", "node_modules", "dialogue-client")];
  return once("chat-web", key, outputs, async () => {
    await unpackClient();
    const dialogue = join(prefix, "bin", "dialogue");
    await runOrFail("node", [at("apps", "chat", "web", "build.mjs"), join(chatBuild, "web"), dialogue], { log: "chat-web" });
  });
}

async function buildProgram() {
  if (!existsSync(join(chatBuild, "build.ninja"))) {
    const options = ["-G", "Ninja", `-DCMAKE_PREFIX_PATH=${prefix}`, "-DCMAKE_UNITY_BUILD=OFF"];
    await runOrFail("cmake", ["-S", at("apps", "chat"), "-B", chatBuild, ...options], { log: "chat-configure" });
  }
  await runOrFail("cmake", ["--build", chatBuild], { log: "chat-build" });
}

/** Builds program, tests and page of the application. What is up to date is not built. */
export const chatApp = () => ({
  label: "building the chat application",
  work: async () => {
    await installDialogue();
    await installNpm("apps/chat");
    await buildWeb();
    await buildProgram();
  },
});
