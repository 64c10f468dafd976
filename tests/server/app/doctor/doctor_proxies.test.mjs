// `dialogue doctor` through real nginx and HAProxy: what is wrong with each configuration, and the directive that mends it.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { makeCertificate } from "../support/certificate.mjs";
import { directoryOf } from "../support/program.mjs";
import { serve } from "../support/push_kit.mjs";
import { assertAboutThreeSeconds, assertFinding, examine, haproxy, nginx } from "./doctor_kit.mjs";

const seconds = ["--seconds", "6"];
const lives = ["websocket life", "stream life", "push stream life"];
let server;
before(async () => {
  server = await serve(["--trusted-proxy", "127.0.0.1", "--dev"]);
});
after(() => server.stop());

for (const [name, proxy] of [
  ["nginx", nginx],
  ["HAProxy", haproxy],
])
  test(`through ${name} with the guide's configuration there is no fault`, async () => {
    const run = await examine(await proxy(server.port), ...seconds);
    assert.deepEqual([run.faults, run.warnings], [[], []], run.text);
    for (const check of lives) assertFinding(run, check, "ok", /^open for \d+\.\d s/);
    assertFinding(run, "long polling", "ok", /held for [56]\.\d s and answered/);
  });

test("nginx without the fields of the Upgrade: the WebSocket is a fault, and the advice has them", async () => {
  const run = await examine(await nginx(server.port, { upgrade: "" }), "--seconds", "2");
  assertFinding(run, "websocket", "fault", /answered by status 426.*Upgrade and Connection do not reach the server/, {
    nginx: "proxy_set_header Upgrade $http_upgrade;",
    haproxy: "mode http",
  });
  assert.deepEqual(run.faults, ["websocket"]);
});

test("P-22 nginx that buffers, and ignores X-Accel-Buffering: events are held up", async () => {
  const parts = { buffering: "proxy_buffering on; proxy_ignore_headers X-Accel-Buffering;" };
  const run = await examine(await nginx(server.port, parts), ...seconds);
  const advice = { nginx: "proxy_buffering off;", haproxy: "option http-no-delay" };
  for (const check of ["stream", "push stream"]) assertFinding(run, check, "fault", /delayed/, advice);
  assertFinding(run, "websocket", "ok", /./);
});

test("nginx that buffers by default passes events, since the server forbids it for its streams", async () => {
  const run = await examine(await nginx(server.port, { buffering: "" }), "--seconds", "2");
  assert.deepEqual(run.faults, [], run.text);
});

test("P-24 nginx that compresses event streams: a warning, and gzip off", async () => {
  const parts = { more: "gzip on; gzip_types text/event-stream; gzip_min_length 0;" };
  const run = await examine(await nginx(server.port, parts), "--seconds", "2");
  for (const check of ["stream", "push stream"])
    assertFinding(run, check, "warning", /Content-Encoding: gzip\); its pieces still arrive in time/, {
      nginx: "gzip off;",
      haproxy: "compression type",
    });
});

test("nginx with a read time-out of 3 s: idle time-outs and a cut poll, with the time", async () => {
  const run = await examine(await nginx(server.port, { timeout: "proxy_read_timeout 3s;" }), ...seconds);
  for (const check of lives) {
    const advice = { nginx: "proxy_read_timeout 120s;" };
    const { figures } = assertFinding(run, check, "fault", /an idle timeout/, advice);
    assertAboutThreeSeconds(figures.quietMs, run);
  }
  const poll = assertFinding(run, "long polling", "fault", /is cut after \d+\.\d s: status 504; one of \d+\.\d s is answered/, {
    nginx: "proxy_read_timeout 120s;",
  });
  assertAboutThreeSeconds(poll.figures.cutMs, run);
});

test("nginx that replaces the Host: a page of the same origin is refused", async () => {
  const run = await examine(await nginx(server.port, { host: "proxy_set_header Host backend.example;" }), "--seconds", "2");
  assertFinding(run, "origin", "fault", /a page of http:\/\/localhost:\d+ is refused/, {
    nginx: "proxy_set_header Host $http_host;",
    haproxy: "http-request set-header X-Forwarded-Proto",
  });
});

for (const [what, more, check, found, directive] of [
  [
    "that loses the subprotocol",
    "proxy_hide_header Sec-WebSocket-Protocol;",
    "websocket",
    /lacks Sec-WebSocket-Protocol/,
    "proxy_hide_header",
  ],
  [
    "that asks for a sign-in",
    "if ($uri ~ ^/dialogue) { return 401; }",
    "stream",
    /status 401: the proxy requires its own sign-in/,
    "auth_basic off",
  ],
  [
    "without POST",
    "if ($request_method = POST) { return 405; }",
    "long polling",
    /status 405: the method is not/,
    "limit_except",
  ],
  ["that redirects", "return 301 https://elsewhere.example$request_uri;", "address", /status 301, a redirect/, "listen 443 ssl"],
  ["that is down for repair", "return 503;", "address", /status 503: the proxy does not reach the server/, "proxy_pass"],
])
  test(`nginx ${what}: the advice fits`, async () => {
    const run = await examine(await nginx(server.port, { more }), "--seconds", "2");
    assertFinding(run, check, "fault", found, { nginx: directive });
  });

test("nginx with a limit on connections: the server may be well, and the limit is named", async () => {
  const limit = "limit_conn_zone $binary_remote_addr zone=addresses:1m;";
  const run = await examine(await nginx(server.port, { http: limit, more: "limit_conn addresses 1;" }), "--seconds", "2");
  const refused = run.report.findings.filter(({ found }) => /status 503/.test(found));
  assert.notEqual(refused.length, 0, run.text);
  for (const { found, advice } of refused) {
    assert.match(found, /does not reach the server, or has its own limit/);
    assert.match(JSON.stringify(advice), /limit_conn/);
  }
});

test("HAProxy whose PROXY header the server does not expect, and the other way round: the header is named", async () => {
  const plain = await haproxy(server.port, { header: "send-proxy-v2" });
  const unexpected = await examine(plain, "--seconds", "2");
  assertFinding(unexpected, "address", "fault", /status 400/, { haproxy: "send-proxy-v2" });
  const expecting = await serve(["--proxy-protocol", "--trusted-proxy", "127.0.0.1"]);
  const missing = await examine(await haproxy(expecting.port), "--seconds", "2");
  assertFinding(missing, "address", "fault", /not Dialogue/, { haproxy: "send-proxy-v2" });
  await expecting.stop();
});

test("nginx with a small limit on bodies: 413, and client_max_body_size", async () => {
  const run = await examine(await nginx(server.port, { more: "client_max_body_size 8k;" }), "--seconds", "2");
  assertFinding(run, "request body", "fault", /65536 bytes.* refused with status 413/, { nginx: "client_max_body_size 1m;" });
  assert.deepEqual(run.faults, ["request body"]);
});

test("nginx without a server behind it: the address is a fault", async () => {
  const gone = await serve();
  const url = await nginx(gone.port);
  await gone.stop();
  const run = await examine(url, "--seconds", "2");
  assertFinding(run, "address", "fault", /it is not Dialogue: GET \/health gives status 502/, {
    nginx: "proxy_pass",
    haproxy: "server one",
  });
  assert.equal(run.report.findings.length, 1);
});

test("HAProxy with time-outs of 3 s: idle time-outs of WebSocket and streams, and the directives", async () => {
  const short = { client: "3s", server: "3s", tunnel: "3s" };
  const run = await examine(await haproxy(server.port, short), ...seconds);
  assertFinding(run, "websocket life", "fault", /an idle timeout/, { haproxy: "timeout tunnel 1h" });
  for (const check of ["stream life", "push stream life"])
    assertFinding(run, check, "fault", /an idle timeout/, { haproxy: "timeout server 120s" });
  assertFinding(run, "long polling", "fault", /is cut after \d+\.\d s: status 504/, { haproxy: "timeout client 120s" });
});

test("nginx with TLS: a certificate is accepted, refused, or not checked, and its last days are a warning", async () => {
  const directory = directoryOf({});
  makeCertificate(directory, { days: 9 });
  const files = { cert: join(directory, "cert.pem"), key: join(directory, "key.pem") };
  const url = await nginx(server.port, {}, files);
  const trusted = await examine(url, "--seconds", "2", "--ca", files.cert);
  assert.deepEqual(trusted.faults, [], trusted.text);
  assertFinding(trusted, "certificate", "warning", /TLSv1\.[23]; the certificate is valid for [89] days/, {
    nginx: "ssl_certificate ",
    haproxy: "ssl crt",
  });
  assertFinding(trusted, "origin", "ok", /a page of https:\/\/localhost:\d+ is accepted/);
  const unknown = await examine(url, "--seconds", "2");
  assertFinding(unknown, "address", "fault", /the certificate is not accepted/, { nginx: "ssl_certificate " });
  const unchecked = await examine(url, "--seconds", "2", "--insecure");
  assertFinding(unchecked, "certificate", "warning", /not verified \(--insecure\)/);
  assertFinding(unchecked, "websocket", "ok", /upgraded/);
  const elsewhere = directoryOf({});
  makeCertificate(elsewhere);
  const mismatch = await examine(url, "--seconds", "2", "--ca", join(elsewhere, "cert.pem"));
  assertFinding(mismatch, "address", "fault", /certificate/);
});
