// The files of a project: those of the template's directories, and those that are made of the catalogue's rows.
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { frontends, versions } from "./catalogue.mjs";

const templates = fileURLToPath(new URL("../templates", import.meta.url));
const json = (value) => `${JSON.stringify(value, null, 2)}\n`;

/** The directories whose files make a project, in order: a later one replaces files of the ones before. */
function directoriesOf(template, server) {
  const { kind } = frontends[template];
  return ["common", kind, template, server, `${kind}-${server}`, `${template}-${server}`];
}

/** A file's name in a project. npm leaves out files that begin with a dot. */
const nameOf = (path) => path.replace(/(^|\/)_/g, "$1.");

function* filesIn(directory) {
  let entries = [];
  try {
    entries = readdirSync(join(templates, directory), { recursive: true, withFileTypes: true });
  } catch {} // not every pair has a directory of its own
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    yield [nameOf(relative(join(templates, directory), path)), readFileSync(path, "utf8")];
  }
}

function packageJson({ name, template, server, version, packages }) {
  const { packages: used, types = [], development, plugin, scripts, kind } = frontends[template];
  const own = (name) => (packages === undefined ? `^${version}` : `file:${resolve(packages)}/${name}-${version}.tgz`);
  const pinned = (names) => Object.fromEntries([...names].sort().map((name) => [name, versions[name]]));
  const isNode = server === "node";
  const programs = [
    isNode ? "dialogue dev --config dialogue.json" : "dialogue dev app.json",
    ...(isNode && kind === "vite" ? ["node backend/server.mjs"] : []),
    scripts.dev,
  ];
  return json({
    name:
      name
        .toLowerCase()
        .replace(/[^a-z0-9._-]+/g, "-")
        .replace(/^[._-]+|-+$/g, "") || "dialogue-app",
    private: true,
    type: "module",
    scripts: {
      ...(isNode && { predev: "node secrets.mjs" }),
      dev: `node dev.mjs ${programs.map((program) => JSON.stringify(program)).join(" ")}`,
      codegen: `dialogue codegen app.json --ts ${frontends[template].generated}`,
      build: scripts.build,
      ...(scripts.check && { check: scripts.check }),
    },
    dependencies: {
      "dialogue-client": own("dialogue-client"),
      ...(isNode && { "dialogue-server": own("dialogue-server") }),
      ...pinned(used),
    },
    devDependencies: pinned([...development, ...types, ...(plugin ? [plugin[1]] : [])]),
  });
}

function viteConfig({ plugin }, server) {
  const [call, from, clause] = plugin ?? [];
  const proxies = [
    '"/dialogue": { target: "http://127.0.0.1:8080", ws: true }',
    '"/events": "http://127.0.0.1:8080"',
    ...(server === "node" ? ['"/api": "http://127.0.0.1:3000"'] : []),
  ];
  return `// Generates the typed module of app.json, and serves the page; what the server answers goes through it.
${plugin ? `import ${clause} from "${from}";\n` : ""}import { dialogue } from "dialogue-client/vite";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [dialogue({ definitions: "app.json", out: "src/app.ts" })${plugin ? `, ${call}` : ""}],
  server: {
    port: 5173,
    strictPort: true,
    proxy: {
      ${proxies.join(",\n      ")},
    },
  },
});
`;
}

const tsconfig = (extra) =>
  json({
    compilerOptions: {
      target: "ES2022",
      module: "ESNext",
      moduleResolution: "bundler",
      lib: ["ES2023", "DOM", "DOM.Iterable"],
      strict: true,
      skipLibCheck: true,
      noEmit: true,
      types: ["vite/client"],
      ...extra,
    },
    include: ["src"],
  });

/** The settings of the server, where a backend stands behind it: a program beside the page, or the site's own server. */
const dialogueJson = ({ port, kind }) =>
  json({
    app: "app.json",
    listen: "127.0.0.1:8080",
    store: "memory:",
    allowOrigin: [`http://127.0.0.1:${port}`, `http://localhost:${port}`],
    authKey: ["secrets/token.key"],
    apiKeyFile: ["secrets/api.key"],
    hooksUrl: kind === "site" ? `http://127.0.0.1:${port}/api/hooks` : "http://127.0.0.1:3000/hooks",
    hooksSecretFile: "secrets/hooks.key",
    hooksVerbs: ["publish"],
    hooksFail: "closed",
  });

/** The files of a project: a Map of their texts by path. `packages` is a directory of tarballs. */
export function filesOf({ name, template, server, version, packages }) {
  const row = frontends[template];
  const files = new Map(directoriesOf(template, server).flatMap((directory) => [...filesIn(directory)]));
  const generated = files.get("app.generated");
  files.delete("app.generated");
  files.set(row.generated, generated);
  files.set("package.json", packageJson({ name, template, server, version, packages }));
  if (row.kind === "vite") {
    files.set("vite.config.ts", viteConfig(row, server));
    files.set("tsconfig.json", tsconfig(row.tsconfig));
    if (row.hasNoClient) files.delete("src/client.ts");
  }
  if (server === "node") {
    files.set("dialogue.json", dialogueJson(row));
    for (const key of ["token", "api", "hooks"]) files.set(`secrets/${key}.key`, `${randomBytes(32).toString("hex")}\n`);
  }
  const values = { name, port: row.port, main: row.main ?? "main.ts" };
  for (const [path, text] of files)
    files.set(
      path,
      text.replace(/\{\{(\w+)\}\}/g, (all, key) => String(values[key] ?? all)),
    );
  return files;
}
