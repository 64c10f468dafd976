// examples/operations/grafana.json: a dashboard with one panel for each metric, in the groups of the reference. To import in
// Grafana 9 or later; it asks for the Prometheus.

const width = 8;
const height = 7;
const columns = 3;

const source = { type: "prometheus", uid: "$" + "{datasource}" };
const units = { seconds: "s", bytes: "bytes", "": "short" };

const groups = [
  ["Cluster", /cluster/],
  ["Connections", /connection|client|bytes|frames|handshake|ping/],
  ["Users, rooms and publishing", /user|room|event|publi|limit_hits|deliver|fanout/],
  ["Recovery and lag", /recover|session|lag|queue_bytes/],
  ["Store", /store/],
  ["Hooks, authentication and HTTP", /hook|auth|jwks|tls|http/],
  ["The server", /./],
];

function legendOf(labels) {
  return labels.map(({ name }) => `{{${name}}}`).join(" ") || "{{instance}}";
}

function targetsOf({ name, type, labels }) {
  const selector = '{instance=~"$instance"}';
  const by = ["instance", ...labels.map((label) => label.name)].join(", ");
  const target = (expr, legendFormat, refId) => ({ datasource: source, expr, legendFormat, refId });
  if (type === "counter") return [target(`sum by (${by}) (rate(${name}${selector}[$__rate_interval]))`, legendOf(labels), "A")];
  if (type === "gauge") return [target(`${name}${selector}`, legendOf(labels), "A")];
  return [0.5, 0.99].map((quantile, index) =>
    target(
      `histogram_quantile(${quantile}, sum by (le) (rate(${name}_bucket${selector}[$__rate_interval])))`,
      `p${quantile * 100}`,
      "AB"[index],
    ),
  );
}

function unitOf({ name, type, unit }) {
  if (name.endsWith("timestamp_seconds") || name === "process_start_time_seconds") return "dateTimeFromNow";
  if (type === "counter") return { seconds: "percentunit", bytes: "Bps", "": "cps" }[unit];
  return units[unit];
}

// Timestamps come as seconds, which Grafana takes for milliseconds.
function scaled(metric) {
  const isTime = unitOf(metric) === "dateTimeFromNow";
  return targetsOf(metric).map((target) => (isTime ? { ...target, expr: `${target.expr} * 1000` } : target));
}

const panelOf = (metric, id, x, y) => ({
  id,
  title: metric.name.replace(/^dialogue_/, "").replace(/_total$/, ""),
  description: metric.help,
  type: unitOf(metric) === "dateTimeFromNow" ? "stat" : "timeseries",
  datasource: source,
  gridPos: { h: height, w: width, x, y },
  fieldConfig: { defaults: { unit: unitOf(metric), min: 0 }, overrides: [] },
  targets: scaled(metric),
});

function panels(metrics) {
  const left = new Set(metrics);
  const made = [];
  let y = 0;
  for (const [title, pattern] of groups) {
    const its = [...left].filter(({ name }) => pattern.test(name.replace(/^dialogue_/, "")));
    for (const metric of its) left.delete(metric);
    made.push({ id: made.length + 1, title, type: "row", collapsed: false, gridPos: { h: 1, w: 24, x: 0, y }, panels: [] });
    its.forEach((metric, index) => {
      made.push(panelOf(metric, made.length + 1, (index % columns) * width, y + 1 + Math.floor(index / columns) * height));
    });
    y += 1 + Math.ceil(its.length / columns) * height;
  }
  return made;
}

const variable = (name, query, type) => ({
  name,
  type,
  query,
  ...(type === "query" && { datasource: source, refresh: 2, includeAll: true, multi: true, allValue: ".*" }),
});

/** The dashboard's text, from the rows of server/metrics/metric_table.hpp. */
export function grafanaDashboard(metrics) {
  const dashboard = {
    title: "Dialogue",
    uid: "dialogue",
    tags: ["dialogue"],
    schemaVersion: 37,
    editable: true,
    refresh: "30s",
    time: { from: "now-1h", to: "now" },
    templating: {
      list: [
        variable("datasource", "prometheus", "datasource"),
        variable("instance", "label_values(dialogue_build_info, instance)", "query"),
      ],
    },
    panels: panels(metrics),
  };
  return `${JSON.stringify(dashboard, null, 2)}\n`;
}
