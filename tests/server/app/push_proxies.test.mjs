// Push streams, polls and streamed responses through proxies as people set them up without reading about streams: real nginx and
// HAProxy with their defaults.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { after, test } from "node:test";
import { directoryOf } from "./support/program.mjs";
import { publish, serve } from "./support/push_kit.mjs";
import { PushStream } from "./support/push_stream.mjs";
import { RequestClient } from "./support/request_client.mjs";

const kDeadlineMs = 30_000;
const children = [];
after(() => {
  for (const child of children) child.kill("SIGKILL");
});

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/** Runs a proxy until the end of the file; resolves when it listens on `port`. */
async function started(command, args, port) {
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
    if (isUp) return `http://127.0.0.1:${port}`;
    assert.equal(child.exitCode, null, said);
    deadline.throwIfAborted();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const proxies = {
  async nginx(target) {
    const port = await freePort();
    const directory = directoryOf({});
    const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${directory}/${name};`);
    const site = `server { listen 127.0.0.1:${port}; gzip on; location / { proxy_pass http://127.0.0.1:${target}; } }`;
    const config = `daemon off; master_process off; pid ${directory}/nginx.pid; error_log stderr;
events {}
http { access_log off; ${paths.join(" ")}
${site} }`;
    const made = directoryOf({ "nginx.conf": config });
    return started("nginx", ["-c", join(made, "nginx.conf"), "-p", directory], port);
  },
  async haproxy(target) {
    const port = await freePort();
    const config = `defaults
  mode http
  timeout connect 5s
  timeout client 3s
  timeout server 3s
frontend web
  bind 127.0.0.1:${port}
  default_backend dialogue
backend dialogue
  server one 127.0.0.1:${target}
`;
    return started("haproxy", ["-f", join(directoryOf({ "haproxy.cfg": config }), "haproxy.cfg")], port);
  },
};

for (const [name, proxy] of Object.entries(proxies))
  test(`through ${name} with its defaults events come one by one, and a stream continues where it was cut`, async () => {
    const server = await serve(["--stream-heartbeat-ms", "1000"]);
    const url = await proxy(server.port);
    let stream = await PushStream.open(url, "/events?rooms=news");
    assert.equal(stream.status, 200, stream.body);
    await stream.next("dialogue.open");
    for (let i = 1; i <= 5; ++i) {
      await publish(server, "news", i);
      assert.equal((await stream.next("message")).data.data, i); // each before the next one is published
    }
    for (let i = 0; i < 4; ++i) await stream.next("dialogue.heartbeat"); // longer than HAProxy's time-outs: it is kept open
    const id = stream.lastEventId;
    stream.close();
    await publish(server, "news", 6);
    stream = await PushStream.open(url, "/events?rooms=news", { id });
    assert.equal((await stream.next("message")).data.data, 6);
    const refused = await PushStream.open(url, "/events?rooms=staff", { headers: { Connection: "close" } });
    assert.equal(refused.status, 403);
    await server.stop();
  });

for (const [name, proxy] of Object.entries(proxies))
  for (const by of ["poll", "stream"])
    test(`through ${name} with its defaults a member by ${by} receives each event before the next one`, async () => {
      const server = await serve(["--stream-heartbeat-ms", "1000"]);
      const url = await proxy(server.port);
      const client = await RequestClient.begin(url, by, [
        [1, 1, 0, 0, { identity: { userId: "ann" } }],
        [2, 1, 0, 0, 0, "news", {}],
      ]);
      const [, , room] = await client.take(34);
      for (let i = 1; i <= 5; ++i) {
        await client.say([4, room, 1, i, 0, i]);
        assert.equal((await client.take(36)).at(-1), i);
      }
      assert.equal(client.ended, undefined);
      await client.close();
      await server.stop();
    });
