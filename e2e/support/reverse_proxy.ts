// Real nginx and HAProxy in front of the server: first they break WebSocket, as careless settings do, then they pass it.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kPatienceMs } from "../../tests/patience.mjs";
import { freePort } from "./server.js";

interface Kind {
  program: string;
  args(configuration: string, directory: string): string[];
  /** Makes it read its configuration again; connections that there are go on. */
  reload: "SIGHUP" | "SIGUSR2";
  configuration(place: { port: number; target: number; directory: string }, passesUpgrades: boolean): string;
}

const nginxUpgrades = 'proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade";';

/** Its defaults break WebSocket. */
const nginx: Kind = {
  program: "nginx",
  args: (configuration, directory) => ["-c", configuration, "-p", directory],
  reload: "SIGHUP",
  configuration({ port, target, directory }, passesUpgrades) {
    const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${directory}/${name};`);
    const upgrades = passesUpgrades ? nginxUpgrades : "";
    return `daemon off; user root; worker_processes 1; pid ${directory}/nginx.pid; error_log stderr;
events {}
http {
  access_log off; ${paths.join(" ")}
  server {
    listen 127.0.0.1:${port}; gzip on;
    location / { proxy_pass http://127.0.0.1:${target}; proxy_set_header Host $http_host; ${upgrades} }
  }
}
`;
  },
};

/** Its defaults pass WebSocket; here a rule refuses it. */
const haproxy: Kind = {
  program: "haproxy",
  args: (configuration) => ["-W", "-f", configuration],
  reload: "SIGUSR2",
  configuration: ({ port, target }, passesUpgrades) => `defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  timeout tunnel 1h
frontend web
  bind 127.0.0.1:${port}
${passesUpgrades ? "" : "  http-request deny deny_status 403 if { req.hdr(Upgrade) -i websocket }\n"}  default_backend dialogue
backend dialogue
  server one 127.0.0.1:${target}
`,
};

const kinds = { nginx, HAProxy: haproxy };

export class ReverseProxy {
  private constructor(
    private readonly kind: Kind,
    private readonly child: ChildProcess,
    private readonly place: { port: number; target: number; directory: string },
  ) {}

  /** Starts one that breaks WebSocket, before the server at port `target`. */
  static async start(name: keyof typeof kinds, target: number): Promise<ReverseProxy> {
    const kind = kinds[name];
    const place = { port: await freePort(), target, directory: await mkdtemp(join(tmpdir(), "dialogue-proxy-")) };
    const file = join(place.directory, "proxy.conf");
    await writeFile(file, kind.configuration(place, false));
    const child = spawn(kind.program, kind.args(file, place.directory), {
      env: { ...process.env, PATH: `${process.env["PATH"]}:/usr/sbin` }, // where Debian has them
      stdio: ["ignore", "ignore", "pipe"],
    });
    let said = "";
    child.stderr!.on("data", (text) => (said += text));
    const deadline = AbortSignal.timeout(kPatienceMs);
    for (;;) {
      const socket = connect(place.port, "127.0.0.1");
      const isUp = await once(socket, "connect").then(
        () => true,
        () => false,
      );
      socket.destroy();
      if (isUp) return new ReverseProxy(kind, child, place);
      if (child.exitCode !== null) throw new Error(said);
      deadline.throwIfAborted();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  get url(): string {
    return `http://127.0.0.1:${this.place.port}/`;
  }

  /** From now on new connections may be WebSockets; those that there are go on. */
  async passUpgrades(): Promise<void> {
    await writeFile(join(this.place.directory, "proxy.conf"), this.kind.configuration(this.place, true));
    this.child.kill(this.kind.reload);
  }

  async stop(): Promise<void> {
    const ended = once(this.child, "exit");
    this.child.kill("SIGTERM");
    await ended;
    await rm(this.place.directory, { recursive: true });
  }
}
