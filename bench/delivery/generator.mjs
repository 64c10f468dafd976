// `dialogue bench`, pinned to the second core, as a process of its own: resolves to its JSON report.
import { spawn } from "node:child_process";
import { program } from "../lib/paths.mjs";
import { kGeneratorCore, pinned } from "./pinned.mjs";

/** Runs the load against a server of servers.mjs. Rejects with the generator's own words where there is no report. */
export function load(server, args) {
  const dialect = server.dialect ? ["--dialect", server.dialect] : [];
  const stream = server.stream ? ["--stream", server.stream] : [];
  const place = server.authority ? [`wss://${server.host}`, "--ca", server.authority] : [`ws://${server.host}`];
  const [command, ...rest] = pinned(kGeneratorCore, [
    program,
    ...["bench", ...place, ...dialect, ...stream, "--server-pid", String(server.pid), "--json", ...args],
  ]);
  return new Promise((resolve, reject) => {
    const child = spawn(command, rest, { stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    let complained = "";
    child.stdout.on("data", (chunk) => {
      said += chunk;
    });
    child.stderr.on("data", (chunk) => {
      complained += chunk;
    });
    child.once("error", reject);
    child.once("close", () => {
      if (said.endsWith("}\n")) resolve(JSON.parse(said));
      else reject(new Error(`${server.name}: ${complained || "the load generator ended without a report"}`));
    });
  });
}
