// A real nginx in front of the server, first as people set it up who do not think of WebSocket, then as the guide says.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./server.js";

const startTimeoutMs = 30_000;
const passesUpgrades = 'proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade";';

export class Nginx {
  private constructor(
    private readonly child: ChildProcess,
    private readonly directory: string,
    private readonly port: number,
    private readonly target: number,
  ) {}

  /** Its defaults, which break WebSocket. */
  static async start(target: number): Promise<Nginx> {
    const directory = await mkdtemp(join(tmpdir(), "dialogue-nginx-"));
    const port = await freePort();
    await Nginx.configure(directory, port, target, "");
    const child = spawn("nginx", ["-c", join(directory, "nginx.conf"), "-p", directory], {
      env: { ...process.env, PATH: `${process.env["PATH"]}:/usr/sbin` }, // where Debian has it
      stdio: ["ignore", "ignore", "pipe"],
    });
    let said = "";
    child.stderr!.on("data", (text) => (said += text));
    const deadline = AbortSignal.timeout(startTimeoutMs);
    for (;;) {
      const socket = connect(port, "127.0.0.1");
      const isUp = await once(socket, "connect").then(
        () => true,
        () => false,
      );
      socket.destroy();
      if (isUp) return new Nginx(child, directory, port, target);
      if (child.exitCode !== null) throw new Error(said);
      deadline.throwIfAborted();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  private static configure(directory: string, port: number, target: number, location: string): Promise<void> {
    const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${directory}/${name};`);
    const site = `listen 127.0.0.1:${port}; gzip on; location / { proxy_pass http://127.0.0.1:${target}; proxy_set_header Host $http_host; ${location} }`;
    return writeFile(
      join(directory, "nginx.conf"),
      `daemon off; user root; worker_processes 1; pid ${directory}/nginx.pid; error_log stderr;
events {}
http { access_log off; ${paths.join(" ")} server { ${site} } }`,
    );
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/`;
  }

  /** From now on new connections may be WebSockets; those that there are go on. */
  async passUpgrades(): Promise<void> {
    await Nginx.configure(this.directory, this.port, this.target, passesUpgrades);
    this.child.kill("SIGHUP");
  }

  async stop(): Promise<void> {
    const ended = once(this.child, "exit");
    this.child.kill("SIGTERM");
    await ended;
    await rm(this.directory, { recursive: true });
  }
}
