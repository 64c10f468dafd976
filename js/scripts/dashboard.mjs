// Builds dashboard/: dashboard.html, dashboard.js and dashboard.css, which the server serves at /_dialogue/. They are not part of
// the npm package. `node scripts/dashboard.mjs DIR` builds only them, for work on the page.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const js = fileURLToPath(new URL("..", import.meta.url));

/** The files' names. */
export const dashboardFiles = ["dashboard.html", "dashboard.js", "dashboard.css"];

/** Writes the files to `outdir`. The client's WebAssembly must be there as src/generated. */
export async function buildDashboard(outdir) {
  await build({
    absWorkingDir: js,
    outdir,
    bundle: true,
    format: "esm",
    target: "es2022",
    minify: true,
    legalComments: "none",
    logLevel: "warning",
    entryPoints: { dashboard: "dashboard/main.ts", "dashboard-style": "dashboard/style/dashboard.css" },
    outExtension: {},
    write: false,
  }).then(({ outputFiles }) => {
    for (const { path, text } of outputFiles) writeFileSync(path.replace("dashboard-style.css", "dashboard.css"), text);
  });
  const page = readFileSync(`${js}dashboard/index.html`, "utf8").replace(/>\s+</g, "><");
  writeFileSync(`${outdir}/dashboard.html`, page);
}

const [, self, directory] = process.argv;
if (self === fileURLToPath(import.meta.url)) await buildDashboard(directory);
