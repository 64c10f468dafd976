// Every generated file that is committed: its path and how its text is made. `npm run generate` writes them; a tidy test
// compares.
import { execFileSync } from "node:child_process";
import { basename, join } from "node:path";
import { alertRules, alertTests } from "../generate/alert_rules.mjs";
import { errorsPage } from "../generate/errors_page.mjs";
import { grafanaDashboard } from "../generate/grafana_dashboard.mjs";
import { httpApiPage } from "../generate/http_api_page.mjs";
import { logEventsPage } from "../generate/log_events.mjs";
import { metricsPage } from "../generate/metrics_page.mjs";
import { reliabilityPage } from "../generate/reliability_page.mjs";
import { at, buildDir } from "./paths.mjs";

/** What a C++ program prints; it includes the tables and is made of a few files only. */
function printed(source, ...more) {
  const program = join(buildDir, basename(source, ".cpp"));
  execFileSync("g++", ["-std=c++20", `-I${at()}`, ...[source, ...more].map((file) => at(file)), "-o", program]);
  return execFileSync(program, { encoding: "utf8" });
}

let document;
const openApi = () => {
  const parts = ["server/api/openapi", "server/api/table/routes", "shared/base/percent"].map((stem) => `${stem}.cpp`);
  document ??= JSON.parse(printed("scripts/generate/openapi.cpp", ...parts));
  return document;
};

let table;
const metrics = () => {
  table ??= JSON.parse(printed("scripts/generate/metrics.cpp", "server/metrics/label_domains.cpp"));
  return table;
};

/** { path, text() } of each generated file. */
export const generated = [
  { path: "docs/reference/errors.md", text: () => errorsPage(JSON.parse(printed("scripts/generate/tables.cpp"))) },
  { path: "docs/reference/http-api.md", text: () => httpApiPage(openApi()) },
  { path: "docs/reference/log-events.md", text: () => logEventsPage() },
  { path: "docs/reference/metrics.md", text: () => metricsPage(metrics()) },
  { path: "docs/reference/openapi.json", text: () => `${JSON.stringify(openApi(), null, 2)}\n` },
  { path: "examples/operations/alerts.yml", text: () => alertRules(metrics()) },
  { path: "examples/operations/alerts_test.yml", text: () => alertTests() },
  { path: "examples/operations/grafana.json", text: () => grafanaDashboard(metrics()) },
  { path: "docs/reliability.md", text: () => reliabilityPage() },
  { path: "js/src/generated/tables.ts", text: () => printed("client-wasm/tables/main.cpp") },
  { path: "js/src/generated/verdicts.ts", text: () => printed("client-wasm/tables/verdicts.cpp") },
];
