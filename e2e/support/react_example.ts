// examples/react as its users have it: a project of its own with the packed package, served by Vite as in development, where
// StrictMode mounts every component twice.
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { buildDir, example, freePort, Server, stockProgram } from "./server.js";

const modulesPath = join(dirname(example("")), "e2e", "node_modules");
const ofThisSuite = ["react", "react-dom", "vite", "typescript", "@types"]; // e2e/package.json has the example's versions

export class ReactExample {
  static readonly definitions = join(example("react"), "app.json");

  private constructor(private readonly directory: string) {}

  /** Makes the project, as its README says. remove() takes it away. */
  static make(): ReactExample {
    const directory = mkdtempSync(join(buildDir, "react-example-"));
    cpSync(example("react"), directory, { recursive: true, filter: (path) => !/node_modules|package-lock/.test(path) });
    const modules = join(directory, "node_modules");
    mkdirSync(modules);
    for (const name of ofThisSuite) symlinkSync(join(modulesPath, name), join(modules, name));
    const pack = ["pack", "--json", "--pack-destination", directory];
    const cwd = join(dirname(example("")), "js");
    const packed = execFileSync("npm", pack, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    const [{ filename }] = JSON.parse(packed) as [{ filename: string }];
    execFileSync("tar", ["-xzf", filename], { cwd: directory });
    renameSync(join(directory, "package"), join(modules, "dialogue-client"));
    execFileSync(stockProgram, ["codegen", ReactExample.definitions, "--ts", join(directory, "src", "app.ts")]);
    return new ReactExample(directory);
  }

  /** Serves the page; its WebSocket goes to `server`. */
  async serve(server: string): Promise<Server> {
    const vite = [join(modulesPath, "vite", "bin", "vite.js"), this.directory];
    const address = ["--host", "127.0.0.1", "--port", `${await freePort()}`];
    return Server.launch(process.execPath, [...vite, ...address], { DIALOGUE_SERVER: server, NO_COLOR: "1" });
  }

  /** What the compiler says against it. */
  typeErrors(): string {
    const compiler = join(modulesPath, "typescript", "bin", "tsc");
    return spawnSync(process.execPath, [compiler, "-p", this.directory], { encoding: "utf8" }).stdout;
  }

  remove(): void {
    if (existsSync(this.directory)) rmSync(this.directory, { recursive: true });
  }
}
