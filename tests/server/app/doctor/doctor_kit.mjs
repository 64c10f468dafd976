// Runs `dialogue doctor` through proxies: real nginx and HAProxy with the configuration of a test.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { after } from "node:test";
import { binary, directoryOf } from "../support/program.mjs";

const kDeadlineMs = 30_000;
const children = [];
after(() => {
  for (const child of children) child.kill("SIGKILL");
});

/** Runs to the end: { status, text, finding(check) }; `args` are more than the address. */
export async function examine(url, ...args) {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("DIALOGUE_")));
  const child = spawn(binary, ["doctor", url, "--json", ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
  children.push(child);
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (piece) => {
      text += piece;
    });
  const [status] = await once(child, "close", { signal: AbortSignal.timeout(kDeadlineMs) });
  assert.match(text, /^\{/, text);
  const report = JSON.parse(text);
  const finding = (check) => {
    const found = report.findings.find((each) => each.check === check);
    assert.ok(found, `${check} is missing in ${text}`);
    return found;
  };
  const faults = report.findings.filter(({ verdict }) => verdict === "fault").map(({ check }) => check);
  return { status, text, report, finding, faults };
}

/** A finding with this verdict, whose advice has `directive` for `proxy` ("nginx" or "haproxy"). */
export function assertFinding(run, check, verdict, found, { nginx, haproxy } = {}) {
  const finding = run.finding(check);
  assert.equal(finding.verdict, verdict, `${check}: ${finding.found}`);
  assert.match(finding.found, found);
  const lines = (proxy) => finding.advice.flatMap((advice) => advice[proxy]).join("\n");
  if (nginx) assert.ok(lines("nginx").includes(nginx), `nginx: ${lines("nginx")}`);
  if (haproxy) assert.ok(lines("haproxy").includes(haproxy), `HAProxy: ${lines("haproxy")}`);
  assert.equal(run.status, run.faults.length ? 1 : 0);
  return finding;
}

export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/** Runs a proxy until the end of the file; resolves when it listens on `port`. */
async function started(command, args, port, scheme = "http") {
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` }; // where Debian has nginx and HAProxy
  const child = spawn(command, args, { env, stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (text) => {
    said += text;
  });
  children.push(child);
  const deadline = AbortSignal.timeout(kDeadlineMs);
  for (;;) {
    const socket = connect(port, "127.0.0.1");
    const isUp = await once(socket, "connect").then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isUp) return `${scheme}://localhost:${port}`;
    assert.equal(child.exitCode, null, said);
    deadline.throwIfAborted();
    await new Promise((resolve) => setImmediate(resolve));
  }
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

/** nginx before the port `target`; `tls` is { cert, key }. Resolves to its address. */
export async function nginx(target, parts = {}, tls) {
  const port = await freePort();
  const directory = directoryOf({});
  const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${directory}/${name};`);
  const location = Object.values({ ...nginxParts, ...parts }).join("\n  ");
  const listen = tls
    ? `listen 127.0.0.1:${port} ssl; ssl_certificate ${tls.cert}; ssl_certificate_key ${tls.key};`
    : `listen 127.0.0.1:${port};`;
  const config = `daemon off; master_process off; pid ${directory}/nginx.pid; error_log stderr;
events {}
http { access_log off; ${paths.join(" ")}
map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
server { ${listen} location / { proxy_pass http://127.0.0.1:${target};
  ${location}
} } }`;
  const made = directoryOf({ "nginx.conf": config });
  return started("nginx", ["-c", join(made, "nginx.conf"), "-p", directory], port, tls ? "https" : "http");
}

/** HAProxy before the port `target`, with these time-outs; `more` are lines of its backend. */
export async function haproxy(target, { client = "120s", server = "120s", tunnel = "1h", more = "" } = {}) {
  const port = await freePort();
  const config = `defaults
  mode http
  timeout connect 5s
  timeout client ${client}
  timeout server ${server}
${tunnel ? `  timeout tunnel ${tunnel}\n` : ""}frontend web
  bind 127.0.0.1:${port}
  default_backend dialogue
backend dialogue
${more}  server one 127.0.0.1:${target}
`;
  return started("haproxy", ["-f", join(directoryOf({ "haproxy.cfg": config }), "haproxy.cfg")], port);
}
