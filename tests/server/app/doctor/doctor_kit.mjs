// Runs `dialogue doctor` through proxies: real nginx and HAProxy with the configuration of a test.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { after } from "node:test";
import { kPatienceMs } from "../../../patience.mjs";
import { binary } from "../support/program.mjs";
import { startHaproxy, startNginx } from "../support/proxies.mjs";

const children = [];
after(() => {
  for (const child of children) child.kill("SIGKILL");
});

/** A finding that says only how long a frame or an event takes: on a busy machine that is the machine's. */
const isPace = ({ found }) => / takes \d+(\.\d+)? m?s/.test(found);

/**
 * Runs to the end; `args` are more than the address. `faults` and `warnings` are the checks with that verdict, without those of
 * the machine's pace, and `lastedMs` is the time of the run.
 */
export async function examine(url, ...args) {
  const began = performance.now();
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("DIALOGUE_")));
  const child = spawn(binary, ["doctor", url, "--json", ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
  children.push(child);
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (piece) => {
      text += piece;
    });
  const [status] = await once(child, "close", { signal: AbortSignal.timeout(kPatienceMs) });
  assert.match(text, /^\{/, text);
  const report = JSON.parse(text);
  const finding = (check) => {
    const found = report.findings.find((each) => each.check === check);
    assert.ok(found, `${check} is missing in ${text}`);
    return found;
  };
  assert.equal(status, report.faults ? 1 : 0, text);
  const checks = (wanted) => report.findings.filter((each) => each.verdict === wanted && !isPace(each)).map(({ check }) => check);
  const [faults, warnings] = [checks("fault"), checks("warning")];
  return { text, report, finding, faults, warnings, lastedMs: performance.now() - began };
}

/** A time that the run measured of what a proxy does after 3 s: not much less, and within the run. */
export function assertAboutThreeSeconds(measuredMs, run) {
  assert.ok(measuredMs > 1500 && measuredMs < run.lastedMs, `${measuredMs} of ${run.lastedMs} ms: ${run.text}`);
}

/** A finding with this verdict, whose advice has `directive` for `proxy` ("nginx" or "haproxy"). */
export function assertFinding(run, check, verdict, found, { nginx, haproxy } = {}) {
  const finding = run.finding(check);
  assert.equal(finding.verdict, verdict, `${check}: ${finding.found}`);
  assert.match(finding.found, found);
  const lines = (proxy) => finding.advice.flatMap((advice) => advice[proxy]).join("\n");
  if (nginx) assert.ok(lines("nginx").includes(nginx), `nginx: ${lines("nginx")}`);
  if (haproxy) assert.ok(lines("haproxy").includes(haproxy), `HAProxy: ${lines("haproxy")}`);
  return finding;
}

const kUpgrade = `proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade;
  proxy_set_header Connection $connection_upgrade;`;
/** The parts of a right configuration of nginx; a test leaves one out or replaces it. */
export const nginxParts = {
  upgrade: kUpgrade,
  host: "proxy_set_header Host $http_host; proxy_set_header X-Forwarded-Proto $scheme;",
  buffering: "proxy_buffering off;",
  timeout: "proxy_read_timeout 120s;",
  more: "",
};

/** nginx before the port `target`; `tls` is { cert, key }, `http` more of that block. Resolves to its address. */
export async function nginx(target, { http = "", ...parts } = {}, tls) {
  const location = Object.values({ ...nginxParts, ...parts }).join("\n  ");
  const port = await startNginx((listen) => {
    const socket = tls
      ? `listen ${listen} ssl; ssl_certificate ${tls.cert}; ssl_certificate_key ${tls.key};`
      : `listen ${listen};`;
    return `${http} map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
server { ${socket} location / { proxy_pass http://127.0.0.1:${target};
  ${location}
} }`;
  });
  return `${tls ? "https" : "http"}://localhost:${port}`;
}

/** HAProxy before the port `target`: startHaproxy(), with patient time-outs. Resolves to its address. */
export async function haproxy(target, options = {}) {
  const port = await startHaproxy(target, { client: "120s", server: "120s", tunnel: "1h", ...options });
  return `http://localhost:${port}`;
}
