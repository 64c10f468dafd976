// Every generated file that is committed: its path and how its text is made. `npm run generate` writes them; tests compare:
// tests/tidy/fresh.test.mjs, tests/server/app/settings/settings_page.test.mjs for those of the built program, and
// js/test/package/api_report.test.mjs for those of the npm packages.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { alertRules, alertTests } from "../generate/alert_rules.mjs";
import { apiReport } from "../generate/api_report.mjs";
import { errorsPage } from "../generate/errors_page.mjs";
import { grafanaDashboard } from "../generate/grafana_dashboard.mjs";
import { httpApiPage } from "../generate/http_api_page.mjs";
import { logEventsPage } from "../generate/log_events_page.mjs";
import { metricsPage } from "../generate/metrics_page.mjs";
import { reliabilityPage } from "../generate/reliability_page.mjs";
import { settingsPage } from "../generate/settings_page.mjs";
import { at, buildDir } from "./paths.mjs";

/** What a C++ program prints; it includes the tables and is made of a few files only. */
function printed(source, ...more) {
  const program = join(buildDir, basename(source, ".cpp"));
  execFileSync("g++", ["-std=c++20", `-I${at()}`, ...[source, ...more].map((file) => at(file)), "-o", program]);
  return execFileSync(program, { encoding: "utf8" });
}

let document;
const openApi = () => {
  document ??= JSON.parse(execFileSync(at("build/release/bin/dialogue"), ["codegen", "--openapi", "-"], { encoding: "utf8" }));
  return document;
};

let table;
const metrics = () => {
  table ??= JSON.parse(printed("scripts/generate/metrics.cpp", "server/metrics/label_domains.cpp"));
  return table;
};

let schema;
const settings = () => {
  schema ??= JSON.parse(execFileSync(at("build/release/bin/dialogue"), ["config", "--schema"], { encoding: "utf8" }));
  return schema;
};

const configurationGuide = "docs/guides/configuration.md";

/** { path, text() } of each generated file that the program's own tables make: it must be built. */
export const generatedByProgram = [
  { path: "docs/reference/http-api.md", text: () => httpApiPage(openApi()) },
  { path: "docs/reference/openapi.json", text: () => `${JSON.stringify(openApi(), null, 2)}\n` },
  { path: configurationGuide, text: () => settingsPage(readFileSync(at(configurationGuide), "utf8"), settings()) },
  { path: "docs/reference/settings.schema.json", text: () => `${JSON.stringify(settings(), null, 2)}\n` },
];

/** { path, text() } of each generated file that the built npm packages make. */
export const generatedByClient = [
  { path: "docs/reference/api-dialogue-client.md", text: () => apiReport("js") },
  { path: "docs/reference/api-dialogue-server.md", text: () => apiReport("js/server") },
];

/** { path, text() } of each other generated file. */
export const generated = [
  { path: "docs/reference/errors.md", text: () => errorsPage(JSON.parse(printed("scripts/generate/tables.cpp"))) },
  { path: "docs/reference/log-events.md", text: () => logEventsPage() },
  { path: "docs/reference/metrics.md", text: () => metricsPage(metrics()) },
  { path: "examples/operations/alerts.yml", text: () => alertRules(metrics()) },
  { path: "examples/operations/alerts_test.yml", text: () => alertTests() },
  { path: "examples/operations/grafana.json", text: () => grafanaDashboard(metrics()) },
  { path: "docs/reliability.md", text: () => reliabilityPage() },
  { path: "js/src/generated/tables.ts", text: () => printed("client-wasm/tables/main.cpp") },
  { path: "js/src/generated/verdicts.ts", text: () => printed("client-wasm/tables/verdicts.cpp") },
];
