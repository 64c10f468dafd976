// Starts the real programs on a free loopback port and stops them by their process id. Nothing here waits for time to pass: a
// server is up when it says where it listens, and gone when its process has ended.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { kPatienceMs } from "../../tests/patience.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const listeningAddress = /\b(?:127\.0\.0\.1|\[::1\]|localhost):(\d+)/;

/** Where the build is that is tested: build/release, or DIALOGUE_BUILD. */
export const buildDir = process.env["DIALOGUE_BUILD"] ?? join(root, "build", "release");
export const chatProgram = join(buildDir, "bin", "chat");
export const stockProgram = join(buildDir, "bin", "dialogue");
export const chatPage = join(buildDir, "examples", "chat", "web");
export const jsonOnly = {
  definitions: join(root, "examples", "json-only", "app.json"),
  page: join(root, "examples", "json-only", "web"),
};
export const cursors = {
  definitions: join(root, "examples", "cursors", "app.json"),
  page: join(root, "examples", "cursors", "web"),
};

/** A directory of examples/. */
export const example = (name: string): string => join(root, "examples", name);

/** A file of e2e/definitions. */
export const definitions = (name: string): string => join(root, "e2e", "definitions", name);

/** A port that nobody listens on, for a server whose address another one must know before. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** What to start: a program, its definitions where they are a file, its page, and a port where it must be a certain one. */
export interface ServerOptions {
  program: string;
  /** `dialogue dev` instead of `dialogue serve`. */
  isDev?: boolean;
  definitions?: string;
  page: string;
  port?: number;
  flags?: string[];
  /** Where rooms keep their logs; in memory when left out. */
  store?: string;
  /** The files of a certificate, for HTTPS and HTTP/2. */
  tls?: { cert: string; key: string };
}

/** Makes a certificate for the loopback address in `directory`, which no browser trusts. */
export function certificate(directory: string): { cert: string; key: string } {
  mkdirSync(directory, { recursive: true });
  const [cert, key] = [join(directory, "cert.pem"), join(directory, "key.pem")];
  const files = ["-noenc", "-keyout", key, "-out", cert];
  const names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"];
  const options = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-days", "30"];
  const { status, stderr } = spawnSync("openssl", ["req", "-x509", ...options, ...files, ...names]);
  if (status !== 0) throw new Error(`openssl made no certificate: ${stderr}`);
  return { cert, key };
}

export class Server {
  private constructor(
    private readonly child: ChildProcess,
    readonly port: number,
    private readonly output: string[],
    private readonly scheme = "http",
  ) {}

  static async start(options: ServerOptions): Promise<Server> {
    const { program, isDev = false, definitions, page, port = 0, flags = [], store = "memory:", tls } = options;
    if (!existsSync(program)) throw new Error(`${program} is missing: npm run build makes it`);
    const address = ["--listen", `127.0.0.1:${port}`, "--static", page, "--store", store];
    const secure = tls ? ["--tls-cert", tls.cert, "--tls-key", tls.key] : [];
    const args = [isDev ? "dev" : "serve", ...(definitions ? [definitions] : []), ...address, ...secure, ...flags];
    return Server.launch(program, args, {}, tls ? "https" : "http");
  }

  /** Any program that says where it listens. */
  static async launch(program: string, args: string[], env: Record<string, string> = {}, scheme = "http"): Promise<Server> {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env } });
    const output: string[] = [];
    const listening = await new Promise<number>((resolve, reject) => {
      const fail = (why: string): void => reject(new Error(`${program} ${why}:\n${output.join("")}`));
      // A deadline, not a nap: it is cleared as soon as the line comes.
      const deadline = setTimeout(() => {
        child.kill("SIGKILL");
        fail("did not say where it listens");
      }, kPatienceMs);
      const read = (chunk: Buffer): void => {
        output.push(chunk.toString());
        const match = listeningAddress.exec(output.join(""));
        if (match) {
          clearTimeout(deadline);
          resolve(Number(match[1]));
        }
      };
      child.stdout.on("data", read);
      child.stderr.on("data", read);
      child.on("error", (error) => fail(error.message));
      child.on("exit", (code) => {
        clearTimeout(deadline);
        fail(`ended with code ${code}`);
      });
    });
    return new Server(child, listening, output, scheme);
  }

  get url(): string {
    return `${this.scheme}://127.0.0.1:${this.port}/`;
  }

  /** Everything that the program has printed. */
  get log(): string {
    return this.output.join("");
  }

  /** Ends the program with `signal` and waits for its end; resolves to the exit code, or null after a kill. */
  async stop(signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const ended = once(this.child, "exit");
      this.child.kill(signal);
      await ended;
    }
    return this.child.exitCode;
  }
}
