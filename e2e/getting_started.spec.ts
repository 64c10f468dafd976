// F-F17, F-G01, F-G02: the Vite part of docs/guides/getting-started.md, step by step as written: the packed client is installed,
// the module generated, the server started with the named origin, and two windows on Vite's own port talk.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { kPatienceMs } from "../tests/patience.mjs";
import { buildDir, example, freePort, Server, stockProgram } from "./support/server.js";
import { test as base, expect } from "./support/test.js";

const root = dirname(dirname(example("chat")));
const modules = join(root, "e2e", "node_modules");
const notCompiling = / \/\/ does not compile$/;

const guide = readFileSync(join(root, "docs/guides/getting-started.md"), "utf8");
const section = guide.slice(guide.indexOf("## With types, in Vite"), guide.indexOf("## In C++"));
const blocks = (text: string, language: string): string[] =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "gm"))].map(([, code]) => code!);

/** A project made as the guide says; what `npm create vite` would fetch is written here. */
class Project {
  readonly directory: string;
  readonly #parent = mkdtempSync(join(buildDir, "getting-started-"));

  constructor() {
    this.directory = join(this.#parent, "board");
    mkdirSync(join(this.directory, "src"), { recursive: true });
    const pack = ["pack", "--pack-destination", this.#parent];
    execFileSync("npm", pack, { cwd: join(root, "js"), stdio: ["ignore", "pipe", "ignore"] });
    writeFileSync(join(this.#parent, "app.json"), blocks(guide, "json")[0]!);
    this.#write("package.json", '{ "private": true, "type": "module" }');
    this.#write("index.html", '<!doctype html><body><script type="module" src="/src/main.ts"></script></body>');
    const [create, enter, ...steps] = blocks(section, "sh")[0]!.trim().split("\n");
    expect([create, enter]).toEqual(["npm create vite@latest board -- --template vanilla-ts", "cd board"]);
    const npm = { npm_config_offline: "true", npm_config_audit: "false", npm_config_fund: "false" };
    const env = { ...process.env, ...npm, PATH: `${dirname(stockProgram)}:${process.env["PATH"]}` };
    execFileSync("bash", ["-ec", steps.join("\n")], { cwd: this.directory, env, stdio: ["ignore", "pipe", "pipe"] });
    for (const name of ["vite", "typescript"]) symlinkSync(join(modules, name), join(this.directory, "node_modules", name));
  }

  /** The guide's main.ts, and what the compiler says against it. */
  errorsOf(code: string): string[] {
    this.#write("src/main.ts", code);
    const options = { strict: true, noEmit: true, target: "ES2022", module: "ESNext", moduleResolution: "bundler", types: [] };
    this.#write("tsconfig.json", JSON.stringify({ compilerOptions: { ...options, skipLibCheck: true }, include: ["src"] }));
    const { stdout } = spawnSync(process.execPath, [join(modules, "typescript/bin/tsc"), "-p", this.directory], {
      encoding: "utf8",
    });
    return stdout.split("\n").filter((line) => line.includes("error"));
  }

  serve(port: number): Promise<Server> {
    const vite = [join(modules, "vite/bin/vite.js"), this.directory, "--port", `${port}`, "--strictPort"];
    return Server.launch(process.execPath, vite, { NO_COLOR: "1" });
  }

  remove(): void {
    rmSync(this.#parent, { recursive: true });
  }

  #write(name: string, text: string): void {
    writeFileSync(join(this.directory, name), text);
  }
}

const test = base.extend<object, { project: Project }>({
  project: [
    async ({}, use) => {
      const project = new Project();
      await use(project);
      project.remove();
    },
    { scope: "worker", timeout: kPatienceMs },
  ],
});

test("F-F17 F-G02 a page of Vite's own port, as the guide has it: it compiles, and two windows talk", async ({
  project,
  open,
}) => {
  expect(readdirSync(join(project.directory, "node_modules"))).toContain("dialogue-client");
  const [code] = blocks(section, "ts") as [string];
  const lines = code.split("\n");
  const bad = lines.findIndex((line) => notCompiling.test(line)) + 1;
  const port = await freePort();
  const commands = blocks(section, "sh")[1]!.split("\n");
  const flags = commands[0]!.replace("dialogue serve app.json ", "").replace("5173", `${port}`).split(" ");
  expect(flags[0]).toBe("--allow-origin");
  const definitions = join(project.directory, "app.json");
  const own = ["--listen", "127.0.0.1:0", "--store", "memory:"];
  const server = await Server.launch(stockProgram, ["serve", definitions, ...flags, ...own]);
  const here = (text: string): string =>
    text.replace("http://127.0.0.1:8080/", server.url).replace("http://127.0.0.1:8080", server.url.slice(0, -1));
  const errors = project.errorsOf(here(code));
  expect(errors).toHaveLength(1);
  expect(errors[0]).toContain(`src/main.ts(${bad},`);
  expect(project.errorsOf(here(lines.filter((line) => !notCompiling.test(line)).join("\n")))).toEqual([]);
  const site = await project.serve(port);
  const [one, other] = [await open(), await open()];
  for (const tab of [one, other]) await tab.goto(`http://localhost:${port}/`);
  const notes = async (tab: typeof one): Promise<number> =>
    ((await tab.texts("body")).join().match(/guest-\w+: Hello/g) ?? []).length;
  await expect.poll(() => notes(one)).toBe(2);
  await expect.poll(() => notes(other)).toBe(2);
  await site.stop();
  await server.stop();
});
