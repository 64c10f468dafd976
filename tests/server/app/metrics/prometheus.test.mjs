// A real Prometheus scrapes the real program, with the shipped rules loaded.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join as path } from "node:path";
import { after, test } from "node:test";
import { kPatienceMs } from "../../../patience.mjs";
import { FrameClient, frames } from "../support/frame_client.mjs";
import { app, directoryOf, root } from "../support/program.mjs";
import { freePort } from "../support/proxies.mjs";
import { join, serve, textOf } from "./kit.mjs";

const definitions = path(directoryOf({ "app.json": app }), "app.json");

const promtool = (args, options) => spawnSync("promtool", args, { encoding: "utf8", ...options });

test("the text of /metrics passes promtool", async () => {
  const { server, url } = await serve([definitions]);
  const { status, stdout, stderr } = promtool(["check", "metrics"], { input: (await textOf(url)).text });
  assert.equal(status, 0, stderr + stdout);
  await server.stop();
});

test("P-53 rules and their tests pass promtool, and a rule test with another figure fails", () => {
  const operations = path(root, "examples", "operations");
  assert.equal(promtool(["check", "rules", path(operations, "alerts.yml")]).status, 0);
  const tested = promtool(["test", "rules", path(operations, "alerts_test.yml")]);
  assert.equal(tested.status, 0, tested.stdout + tested.stderr);
  const [rules, tests] = ["alerts.yml", "alerts_test.yml"].map((name) => readFileSync(path(operations, name), "utf8"));
  const directory = directoryOf({ "alerts_test.yml": tests });
  writeFileSync(path(directory, "alerts.yml"), rules.replace('up{job="dialogue"} == 0', 'up{job="dialogue"} == 1'));
  assert.notEqual(promtool(["test", "rules", path(directory, "alerts_test.yml")]).status, 0);
});

let prometheus;
after(() => prometheus?.kill("SIGKILL"));

/** A Prometheus that scrapes `target`: the URL of its API. */
async function startPrometheus(target) {
  const config = {
    global: { scrape_interval: "1s", evaluation_interval: "1s" },
    rule_files: [path(root, "examples", "operations", "alerts.yml")],
    scrape_configs: [{ job_name: "dialogue", static_configs: [{ targets: [new URL(target).host] }] }],
  };
  const directory = directoryOf({ "prometheus.yml": config });
  const port = await freePort();
  prometheus = spawn(
    "prometheus",
    [
      `--config.file=${path(directory, "prometheus.yml")}`,
      `--storage.tsdb.path=${path(directory, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
      "--enable-feature=exemplar-storage",
    ],
    { stdio: "ignore" },
  );
  return `http://127.0.0.1:${port}/api/v1`;
}

/** Its answer; nothing while it starts. */
const get = (url) =>
  fetch(url)
    .then((answer) => answer.json())
    .catch(() => undefined);

/** Asks until `holds`. */
async function ask(url, holds) {
  const end = Date.now() + kPatienceMs;
  for (;;) {
    const answer = await get(url);
    if (answer !== undefined && holds(answer)) return answer;
    if (Date.now() > end) throw new Error(`${url} never gave it: ${JSON.stringify(answer)}`);
  }
}

test("Prometheus scrapes the program as OpenMetrics, and has its figures and rules", async () => {
  const { server, url } = await serve([definitions]);
  const ann = await FrameClient.connect(server.url);
  await ann.greet("ann", "p");
  const trace = "4bf92f3577b34da6a3ce929d0e0e4736";
  const ext = { trace: `00-${trace}-00f067aa0ba902b7-01` };
  await ann.ask([frames.publish, await join(ann, "chat"), 1, 1, ext, { text: "hi" }], frames.ack);

  const api = await startPrometheus(url);
  const query = `${api}/query?query=${encodeURIComponent('dialogue_events_total{room="chat",event="message"}')}`;
  const { data } = await ask(query, (answer) => answer.data?.result?.[0]?.value?.[1] === "1");
  assert.equal(data.result.length, 1);
  const exemplars = (metric) =>
    `${api}/query_exemplars?query=${metric}&start=${Date.now() / 1000 - 600}&end=${Date.now() / 1000 + 600}`;
  for (const metric of ["dialogue_events_latency_seconds_bucket", "dialogue_events_total"]) {
    const { data: found } = await ask(exemplars(metric), (answer) => answer.data?.length > 0);
    assert.equal(found[0].exemplars[0].labels.trace_id, trace);
    assert.equal(found[0].seriesLabels.event, "message");
  }
  const targets = await ask(`${api}/targets`, (answer) => answer.data?.activeTargets?.[0]?.health === "up");
  assert.equal(targets.data.activeTargets[0].lastError, "");
  const rules = await ask(`${api}/rules`, (answer) => answer.data?.groups?.[0]?.rules.every(({ health }) => health === "ok"));
  assert.ok(rules.data.groups[0].rules.length >= 10);
  const unit = await ask(`${api}/metadata?metric=dialogue_events_latency_seconds`, (answer) => answer.data !== undefined);
  assert.equal(unit.data.dialogue_events_latency_seconds[0].type, "histogram");
  assert.equal(unit.data.dialogue_events_latency_seconds[0].unit, "seconds");
  await ann.close();
  await server.stop();
});
