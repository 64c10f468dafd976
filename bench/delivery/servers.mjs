// The servers that are compared. Each has
//   name, and dialect: the templates that the load speaks to it by (absent: Dialogue's protocol)
//   start(options)  resolves to { pid, host, stop, authority } of a fresh server, pinned to the first core. With
//                   options.certificate it speaks TLS by these files, and `authority` is the file to believe
//   hasTls          it can do that
//   missing         what to install, where this machine does not have it
import { existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises"; // between two looks at whether a server listens
import { fileURLToPath } from "node:url";
import { program } from "../lib/paths.mjs";
import { startServer } from "../lib/process.mjs";
import { kServerCore, pinned } from "./pinned.mjs";

const kLookMs = 20;
const kLooksMax = 500;

const here = (...names) => join(dirname(fileURLToPath(import.meta.url)), ...names);
/** The templates of a protocol, by name. */
export const dialect = (name) => here("dialects", `${name}.json`);
const floor = join(dirname(program), "bench_floor");

function start(command, options) {
  const [name, ...args] = pinned(kServerCore, command);
  return startServer(name, args, options);
}

const freePort = () =>
  new Promise((resolve) => {
    const taken = createServer().listen(0, "127.0.0.1", () => {
      const { port } = taken.address();
      taken.close(() => resolve(port));
    });
  });

const listens = (port) =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => resolve(socket.destroy() && true));
    socket.on("error", () => resolve(false));
  });

/** A server that is told its port and says nothing: asked until it listens. */
async function startOn(command, port) {
  const server = await start(command, { host: `127.0.0.1:${port}` });
  for (let look = 0; look < kLooksMax; look += 1) {
    if (await listens(port)) return server;
    await pause(kLookMs);
  }
  await server.stop();
  throw new Error(`${command[0]} does not listen on port ${port}`);
}

/** What start() resolves to, where a certificate was given, too. */
const secured = (server, certificate) => ({ ...server, authority: certificate ? certificate.certificate : undefined });

async function startNginx({ certificate }) {
  const tls = certificate ? `ssl_certificate ${certificate.certificate}; ssl_certificate_key ${certificate.key};` : "";
  const port = await freePort();
  const directory = mkdtempSync(join(tmpdir(), "dialogue-bench-nginx-"));
  const file = join(directory, "nginx.conf");
  writeFileSync(
    file,
    `load_module ${kNchan};
worker_processes 1; pid ${directory}/pid; error_log ${directory}/error.log; daemon off;
worker_rlimit_nofile 20000;
events { worker_connections 16000; }
http {
  access_log off; tcp_nodelay on;
  client_body_temp_path ${directory}/body; proxy_temp_path ${directory}/proxy; fastcgi_temp_path ${directory}/fastcgi;
  uwsgi_temp_path ${directory}/uwsgi; scgi_temp_path ${directory}/scgi;
  server {
    listen 127.0.0.1:${port} backlog=4096${tls && " ssl"};
    ${tls}
    location ~ ^/(.+)$ {
      nchan_pubsub websocket eventsource; nchan_channel_id $1; nchan_subscriber_first_message newest;
      nchan_message_buffer_length 100; nchan_message_timeout 10m;
    }
  }
}
`,
  );
  return secured(await startOn(["nginx", "-p", directory, "-c", file], port), certificate);
}

async function startNats() {
  const port = await freePort();
  const file = join(mkdtempSync(join(tmpdir(), "dialogue-bench-nats-")), "nats.conf");
  const websocket = `websocket { listen: "127.0.0.1:${port}", no_tls: true }`;
  writeFileSync(file, `listen: "127.0.0.1:${await freePort()}"\n${websocket}\nmax_pending: 268435456\n`);
  return startOn(["nats-server", "-c", file], port);
}

const kNchan = "/usr/lib/nginx/modules/ngx_nchan_module.so";
const apt = (...packages) => `apt-get install -y --no-install-recommends ${packages.join(" ")}`;
const absent = (paths, ...packages) => (paths.every((path) => existsSync(path)) ? undefined : apt(...packages));

/** The server of this program, of this tree or of another one, with these flags besides. */
export const dialogueServer = (name, path, flags = []) => ({
  name,
  hasTls: true,
  start: async ({ store = "memory:", shards = 1, certificate } = {}) => {
    const port = await freePort();
    const quiet = ["--log", "json", "--log-level", "warn"]; // the others write no line for each connection
    const place = ["--listen", `127.0.0.1:${port}`];
    const tls = certificate ? ["--tls-cert", certificate.certificate, "--tls-key", certificate.key] : [];
    const size = ["--shards", `${shards}`, "--store", store];
    const command = [path, "serve", here("app.json"), ...place, ...size, ...quiet, ...tls, ...flags];
    return secured(await startOn(command, port), certificate);
  },
});

export const servers = [
  { name: "floor", dialect: dialect("floor"), start: () => start([floor]) },
  { name: "batch", dialect: dialect("floor"), start: () => start([floor, "--batch"]) },
  dialogueServer("dialogue", program),
  { name: "ws", dialect: dialect("ws"), start: () => start([process.execPath, here("servers", "ws_server.mjs")]) },
  {
    name: "socket.io",
    dialect: dialect("socketio"),
    start: () => start([process.execPath, here("servers", "socketio_server.mjs")]),
  },
  {
    name: "nchan",
    hasTls: true,
    dialect: dialect("nchan"),
    start: startNginx,
    missing: absent(["/usr/sbin/nginx", kNchan], "nginx", "libnginx-mod-nchan"),
  },
  {
    name: "nats",
    dialect: dialect("nats"),
    start: startNats,
    missing: absent(["/usr/sbin/nats-server"], "nats-server"),
  },
];
