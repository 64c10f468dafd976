// The alerts of a server: expression, duration, severity, and tests of the rule (input series and the time at which it must or
// must not fire). Severity `page` calls a person at any time; `ticket` can wait until the morning.

const burn = (window) =>
  `sum(rate(dialogue_publications_refused_total{fault="server"}[${window}])) / ` +
  `(sum(rate(dialogue_events_total[${window}])) + sum(rate(dialogue_publications_refused_total{fault="server"}[${window}])))`;

const errorBudget = 0.001; // 99.9 % of publications are not rejected by a fault of the server
const fastBurn = 14.4; // a thirtieth of a month's budget in an hour

const saturation = [
  ["file descriptors", "process_open_fds / process_max_fds"],
  ["loop", "rate(dialogue_loop_busy_seconds_total[5m])"],
  ["memory", "dialogue_memory_used_bytes / dialogue_memory_limit_bytes"],
]
  .map(([what, ratio]) => `label_replace(${ratio}, "what", "${what}", "", "")`)
  .join("\n  or ");

const steady = (value, minutes) => `${value}x${minutes}`;

/** { alert, expr, for, severity, summary, tests: [{ series: { NAME: VALUES }, at, fires }] } of each rule. */
export const alerts = [
  {
    alert: "DialogueDown",
    expr: 'up{job="dialogue"} == 0',
    for: "1m",
    severity: "page",
    summary: "A server does not answer its metrics.",
    tests: [
      { series: { 'up{job="dialogue"}': steady(0, 5) }, at: "3m", fires: true },
      { series: { 'up{job="dialogue"}': steady(1, 5) }, at: "3m", fires: false },
    ],
  },
  {
    alert: "DialogueNotReady",
    expr: "min by (instance, check) (dialogue_ready) == 0 unless on (instance) dialogue_draining == 1",
    for: "2m",
    severity: "page",
    summary: "A server is not ready, although it is not draining.",
    tests: [
      {
        series: { 'dialogue_ready{check="store",instance="a"}': steady(0, 6), 'dialogue_draining{instance="a"}': steady(0, 6) },
        at: "4m",
        fires: true,
      },
      {
        series: { 'dialogue_ready{check="drain",instance="a"}': steady(0, 6), 'dialogue_draining{instance="a"}': steady(1, 6) },
        at: "4m",
        fires: false,
      },
    ],
  },
  {
    alert: "DialoguePublicationsFail",
    expr: `${burn("5m")} > ${fastBurn * errorBudget}\n  and ${burn("1h")} > ${fastBurn * errorBudget}`,
    severity: "page",
    summary: "Publications are rejected by a fault of the server. At this rate the month's error budget of 0.1 % lasts two days.",
    tests: [
      {
        series: {
          'dialogue_publications_refused_total{code="store_unavailable",fault="server"}': "0+60x90",
          'dialogue_events_total{room="chat",event="message"}': "0+600x90",
        },
        at: "80m",
        fires: true,
      },
      {
        series: {
          'dialogue_publications_refused_total{code="store_unavailable",fault="server"}': "0x90",
          'dialogue_publications_refused_total{code="rate_limited",fault="client"}': "0+600x90",
          'dialogue_events_total{room="chat",event="message"}': "0+600x90",
        },
        at: "80m",
        fires: false,
      },
    ],
  },
  {
    alert: "DialogueDeliverySlow",
    expr: "histogram_quantile(0.99, sum by (instance, le) (rate(dialogue_events_latency_seconds_bucket[5m]))) > 0.25",
    for: "10m",
    severity: "page",
    summary: "The 99th percentile of the delivery time is above 250 ms.",
    tests: [
      {
        series: {
          'dialogue_events_latency_seconds_bucket{le="0.25"}': "0+10x30",
          'dialogue_events_latency_seconds_bucket{le="0.5"}': "0+100x30",
          'dialogue_events_latency_seconds_bucket{le="+Inf"}': "0+100x30",
        },
        at: "20m",
        fires: true,
      },
      {
        series: {
          'dialogue_events_latency_seconds_bucket{le="0.25"}': "0+100x30",
          'dialogue_events_latency_seconds_bucket{le="+Inf"}': "0+100x30",
        },
        at: "20m",
        fires: false,
      },
    ],
  },
  {
    alert: "DialogueStoreFails",
    expr:
      "sum by (instance) (rate(dialogue_store_errors_total[5m])) > 0\n" +
      "  or histogram_quantile(0.99, sum by (instance, le) (rate(dialogue_store_commit_seconds_bucket[5m]))) > 0.5",
    for: "5m",
    severity: "page",
    summary: "The store returns errors, or the 99th percentile of commits is above 500 ms.",
    tests: [
      { series: { 'dialogue_store_errors_total{operation="append"}': "0+1x20" }, at: "12m", fires: true },
      { series: { 'dialogue_store_errors_total{operation="append"}': "7x20" }, at: "12m", fires: false },
    ],
  },
  {
    alert: "DialogueDisconnectStorm",
    expr:
      'sum by (instance) (increase(dialogue_connections_closed_total{code!="draining"}[1m]))\n' +
      "  > 0.2 * sum by (instance) (dialogue_connections_active offset 1m) > 20\n" +
      "  unless on (instance) dialogue_draining == 1",
    severity: "page",
    summary: "More than a fifth of the connections ended within a minute, although the server is not draining.",
    tests: [
      {
        series: {
          'dialogue_connections_closed_total{initiator="network",code="connection_lost",instance="a"}': "0 0 0 500 900 900",
          'dialogue_connections_active{transport="websocket",instance="a"}': "1000 1000 1000 500 100 100",
          'dialogue_draining{instance="a"}': steady(0, 6),
        },
        at: "3m",
        fires: true,
      },
      {
        series: {
          'dialogue_connections_closed_total{initiator="network",code="connection_lost",instance="a"}': "0 0 0 500 900 900",
          'dialogue_connections_active{transport="websocket",instance="a"}': "1000 1000 1000 500 100 100",
          'dialogue_draining{instance="a"}': steady(1, 6),
        },
        at: "3m",
        fires: false,
      },
    ],
  },
  {
    alert: "DialogueHooksSuspended",
    expr: "dialogue_hook_breaker_open == 1",
    for: "2m",
    severity: "page",
    summary: "The hook backend failed repeatedly: hooks are suspended, and their calls count as failed.",
    tests: [
      { series: { dialogue_hook_breaker_open: steady(1, 6) }, at: "4m", fires: true },
      { series: { dialogue_hook_breaker_open: "1 0 0 0 0 0" }, at: "4m", fires: false },
    ],
  },
  {
    alert: "DialogueAuditFails",
    expr: "dialogue_audit_failing == 1",
    for: "2m",
    severity: "page",
    summary: "The audit cannot be written: administrative calls are rejected, and other records are lost.",
    tests: [
      { series: { dialogue_audit_failing: steady(1, 6) }, at: "4m", fires: true },
      { series: { dialogue_audit_failing: "1 0 0 0 0 0" }, at: "4m", fires: false },
    ],
  },
  {
    alert: "DialogueAuditRecordsLost",
    expr:
      "increase(dialogue_audit_records_lost_total[15m]) > 0\n" +
      "  or (dialogue_audit_records_lost_total > 0 unless dialogue_audit_records_lost_total offset 15m)",
    severity: "ticket",
    summary: "The audit lacks records of sign-ins, rejections, publications or receipts; its `gap` records hold their number.",
    tests: [
      { series: { dialogue_audit_records_lost_total: "_x10 3x10" }, at: "15m", fires: true },
      { series: { dialogue_audit_records_lost_total: "3x30 5x10" }, at: "35m", fires: true },
      { series: { dialogue_audit_records_lost_total: steady(3, 40) }, at: "35m", fires: false },
    ],
  },
  {
    alert: "DialogueRecoveriesLost",
    expr:
      'sum by (instance) (rate(dialogue_recoveries_total{outcome="lost"}[15m]))\n' +
      "  / sum by (instance) (rate(dialogue_recoveries_total[15m])) > 0.05",
    for: "15m",
    severity: "ticket",
    summary: "More than 5 % of the reconnecting clients miss events: the rooms' retention is too short.",
    tests: [
      {
        series: {
          'dialogue_recoveries_total{outcome="lost",reason="trimmed"}': "0+10x50",
          'dialogue_recoveries_total{outcome="recovered",reason="none"}': "0+90x50",
        },
        at: "40m",
        fires: true,
      },
      {
        series: {
          'dialogue_recoveries_total{outcome="lost",reason="trimmed"}': "0+1x50",
          'dialogue_recoveries_total{outcome="recovered",reason="none"}': "0+99x50",
        },
        at: "40m",
        fires: false,
      },
    ],
  },
  {
    alert: "DialogueSaturated",
    expr: `(${saturation}) > 0.85`,
    for: "15m",
    severity: "ticket",
    summary: "More than 85 % of {{ $labels.what }} is in use.",
    tests: [
      { series: { process_open_fds: steady(900, 30), process_max_fds: steady(1000, 30) }, at: "20m", fires: true },
      { series: { process_open_fds: steady(100, 30), process_max_fds: steady(1000, 30) }, at: "20m", fires: false },
    ],
  },
  {
    alert: "DialogueExpires",
    expr:
      "dialogue_tls_certificate_not_after_timestamp_seconds - time() < 14 * 86400\n" +
      "  or time() - dialogue_jwks_last_success_timestamp_seconds > 3600",
    severity: "ticket",
    summary: "The certificate expires within 14 days, or keys were not fetched for an hour.",
    tests: [
      { series: { dialogue_tls_certificate_not_after_timestamp_seconds: steady(86400, 5) }, at: "3m", fires: true },
      { series: { dialogue_tls_certificate_not_after_timestamp_seconds: steady(8640000, 5) }, at: "3m", fires: false },
    ],
  },
];
