// The server under test: the one at DIALOGUE_URL, which must serve this directory's app.json and believe development identities,
// or a stock program that is started on a free port for the test file and stopped after it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { after, before } from "node:test";
import { fileURLToPath } from "node:url";
import { startPageServer, stopPageServer } from "../support/page_socket.mjs";
import { isOverHttp2, transport } from "./transports.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const programPath = process.env.DIALOGUE_PROGRAM ?? here("../../build/release/bin/dialogue");

/**
 * Registers start and stop with the test file; `subject.url` is the server's address while its tests run: that of its HTTP port,
 * with DIALOGUE_TRANSPORT=tcp the other one, and over HTTP/2 that of a bridge whose requests share one HTTP/2 connection. With
 * DIALOGUE_TRANSPORT=page it is the server in WebAssembly, in this process.
 */
export function useSubject() {
  const overTcp = transport === "tcp";
  const subject = { url: overTcp ? undefined : process.env.DIALOGUE_URL };
  if (subject.url) return subject;
  let program;
  let bridge;
  before(async () => {
    if (transport === "page") {
      subject.url = await startPageServer(here("app.json"));
      return;
    }
    if (isOverHttp2) {
      const { Http2Bridge, tlsFiles } = await import("../../tests/server/app/support/http2_kit.mjs");
      program = await startProgram(tlsFiles());
      bridge = await Http2Bridge.open(program.url.replace("http:", "https:"));
      subject.url = bridge.url;
      return;
    }
    program = await startProgram(overTcp ? ["--tcp-listen", "127.0.0.1:0"] : []);
    subject.url = overTcp ? /"tcp":"([^"]+)"/.exec(program.output)[1] : program.url;
  });
  after(() => {
    bridge?.close();
    stopPageServer();
    return stopProgram(program);
  });
  return subject;
}

/**
 * Starts the stock program on this directory's app.json or another, in memory; resolves to it, with its `url` and the `output`
 * until now.
 */
export async function startProgram(args = [], env = process.env, app = here("app.json")) {
  const common = ["serve", app, "--listen", "127.0.0.1:0", "--store", "memory:"];
  const program = spawn(programPath, [...common, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
  program.url = `http://127.0.0.1:${await listeningPort(program)}`;
  return program;
}

/** Stops one in order; nothing where it does not run. */
export async function stopProgram(program) {
  if (!program?.pid || program.exitCode !== null) return;
  const ended = once(program, "exit");
  program.kill("SIGTERM");
  await ended;
}

/** Resolves to the port in the line that says where the program listens. */
function listeningPort(program) {
  return new Promise((resolve, reject) => {
    program.output = "";
    const read = (chunk) => {
      program.output += chunk;
      const port = /127\.0\.0\.1:(\d+).*\n/.exec(program.output)?.[1];
      if (port) resolve(port);
    };
    program.stdout.on("data", read);
    program.stderr.on("data", read);
    program.on("error", reject);
    program.on("exit", (code) => reject(new Error(`the program ended with code ${code}:\n${program.output}`)));
  });
}
