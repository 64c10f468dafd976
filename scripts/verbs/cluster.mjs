// npm run cluster -- [--port PORT] [--nodes N]: the chat example on three nodes behind HAProxy, with PostgreSQL. Prints
// which process to kill, and starts a node again that has ended. Ctrl-C ends all of it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { PostgresServer } from "../../tests/server/app/support/postgres.mjs";
import { debian, startSteps } from "../lib/build_steps.mjs";
import { at } from "../lib/paths.mjs";
import { runSteps, verb } from "../lib/steps.mjs";
import { numberOf } from "../lib/usage.mjs";

const kRestartPauseMs = 3_000;
const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` }; // where Debian has HAProxy
let isEnding = false;

/** The configuration of examples/cluster, for these ports. */
const haproxyConfig = (port, nodes) =>
  readFileSync(at("examples", "cluster", "haproxy.cfg"), "utf8")
    .replace("bind :8080", `bind 127.0.0.1:${port}`)
    .replace(/( {2}server .*\n)+/, () =>
      nodes
        .map((each, i) => `  server node${i + 1} 127.0.0.1:${each} cookie node${i + 1} check inter 1s fall 2 rise 1\n`)
        .join(""),
    );

/** A node that starts again when it ends. */
async function runNode(name, args, onStart) {
  for (;;) {
    const child = spawn(at("build", "release", "bin", "chat"), ["serve", ...args, "--log", "pretty"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    onStart(child);
    createInterface({ input: child.stdout }).on("line", (line) => console.log(`${name}  ${line}`));
    const [code, signal] = await once(child, "exit");
    if (isEnding) return;
    console.log(`${name}  ended by ${signal ?? code}; it starts again in ${kRestartPauseMs / 1000} s`);
    await pause(kRestartPauseMs);
    if (isEnding) return;
  }
}

await verb(async (args) => {
  const { values } = parseArgs({ args, options: { port: { type: "string" }, nodes: { type: "string" } } });
  const port = numberOf(values.port, "port", 8080);
  const ports = Array.from({ length: numberOf(values.nodes, "nodes", 3) }, (_, i) => port + 1 + i);
  await runSteps([debian("test"), ...startSteps().slice(1)]);
  const postgres = await PostgresServer.start();
  const directory = mkdtempSync(join(tmpdir(), "dialogue-cluster-"));
  writeFileSync(join(directory, "haproxy.cfg"), haproxyConfig(port, ports));
  const running = new Map();
  const page = ["--static", at("build/release/examples/chat/web"), "--trusted-proxy", "127.0.0.1"];
  const nodes = ports.map((each, i) =>
    runNode(`node${i + 1}`, ["--listen", `127.0.0.1:${each}`, "--cluster", `${postgres.url}?schema=chat`, ...page], (child) => {
      running.set(`node${i + 1}`, child);
      console.log(`node${i + 1}  pid ${child.pid}, http://127.0.0.1:${each}; kill -9 ${child.pid}`);
    }),
  );
  const haproxy = spawn("haproxy", ["-f", join(directory, "haproxy.cfg")], { env, stdio: ["ignore", "ignore", "inherit"] });
  console.log(
    `\nThe chat example on ${ports.length} nodes: http://127.0.0.1:${port}. Open it in two windows, and kill what is named here.\n`,
  );
  await new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"]) process.removeAllListeners(signal).once(signal, resolve); // the steps are over
  });
  isEnding = true;
  haproxy.kill("SIGKILL");
  for (const child of running.values()) child.kill("SIGTERM");
  await Promise.all(nodes);
  await postgres.stop();
  rmSync(directory, { recursive: true, force: true });
});
