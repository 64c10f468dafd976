// Real nginx and HAProxy with the configuration of a test, until the end of its file.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { after } from "node:test";
import { kPatienceMs } from "../../../patience.mjs";
import { directoryOf } from "./program.mjs";

const children = [];
after(() => {
  for (const child of children) child.kill("SIGKILL");
});

export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/** Resolves to `port` when the program listens there; `onChild` gets its process before. */
async function started(command, args, port, onChild = () => undefined) {
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` }; // where Debian has nginx and HAProxy
  const child = spawn(command, args, { env, stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (text) => {
    said += text;
  });
  children.push(child);
  onChild(child);
  const deadline = AbortSignal.timeout(kPatienceMs);
  for (;;) {
    const socket = connect(port, "127.0.0.1");
    const isUp = await once(socket, "connect").then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isUp) return port;
    assert.equal(child.exitCode, null, said);
    deadline.throwIfAborted();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** nginx with what `sites(listen)` puts into its `http` block; `listen` is "127.0.0.1:PORT". Resolves to its port. */
export async function startNginx(sites) {
  const port = await freePort();
  const directory = directoryOf({});
  const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${directory}/${name};`);
  const config = `daemon off; master_process off; pid ${directory}/nginx.pid; error_log stderr;
events {}
http { access_log off; ${paths.join(" ")}
${sites(`127.0.0.1:${port}`)} }`;
  const made = directoryOf({ "nginx.conf": config });
  return started("nginx", ["-c", join(made, "nginx.conf"), "-p", directory], port);
}

/**
 * HAProxy before the port `target`, with these time-outs; `tunnel` "" leaves its own out, `more` are lines of the backend,
 * `header` is "send-proxy-v2" or nothing. Resolves to its port.
 */
export async function startHaproxy(target, { client, server, tunnel = "", more = "", header = "" }) {
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
${more}  server one 127.0.0.1:${target} ${header}
`;
  return started("haproxy", ["-f", join(directoryOf({ "haproxy.cfg": config }), "haproxy.cfg")], port);
}

/**
 * HAProxy before the port `target` of lines: it takes a PROXY header from its clients, who say with it where they are from, and
 * sends one of its own, as `send` says it ("send-proxy", "send-proxy-v2", or "" for none). TLS passes through.
 */
export class TcpHaproxy {
  #file;
  #processes = [];

  static async start(target, send) {
    const proxy = new TcpHaproxy();
    proxy.port = await freePort();
    const config = `defaults
  mode tcp
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend lines
  bind 127.0.0.1:${proxy.port} accept-proxy
  default_backend dialogue
backend dialogue
  server one 127.0.0.1:${target} ${send} check inter 200
`;
    proxy.#file = join(directoryOf({ "haproxy.cfg": config }), "haproxy.cfg");
    await proxy.begin();
    return proxy;
  }

  /** Starts it; with more arguments where it takes over from another one. */
  begin(...more) {
    return started("haproxy", ["-f", this.#file, ...more], this.port, (child) => {
      this.#processes.push(child);
    });
  }

  /** A process that takes over the port; the old one goes on with the connections that it has. */
  reload() {
    return this.begin("-sf", `${this.#processes.at(-1).pid}`);
  }

  /** Ends it at once, with all connections, those of processes from before a reload too. */
  async kill() {
    for (const child of this.#processes.splice(0)) {
      if (child.exitCode !== null) continue;
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    }
  }
}
