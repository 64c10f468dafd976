// Both pages, bundled, each with its server: { host, stop }.
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { WebSocket } from "ws";
import { client, output, program } from "../lib/paths.mjs";
import { startServer } from "../lib/process.mjs";
import { newest } from "./newest.mjs";

const here = (...names) => join(dirname(fileURLToPath(import.meta.url)), ...names);
const definitions = here("..", "delivery", "app.json");

/** Bundles a page with its client as an application would, and gives the directory to serve. */
async function bundled(name) {
  const directory = join(output, "page", name);
  mkdirSync(directory, { recursive: true });
  const app = join(output, "page", "app.ts");
  execFileSync(program, ["codegen", definitions, "--ts", app]);
  await build({
    entryPoints: [here("pages", `${name}.mjs`)],
    outfile: join(directory, "page.js"),
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    alias: { "bench-app": app, "dialogue-client": client },
    define: { "process.env.NODE_ENV": '"production"' },
    external: ["./outbox.js"], // imported by nobody who does not ask for it
    logLevel: "error",
  });
  const head = `<!doctype html><html lang="en"><meta charset="utf-8"><title>${name}</title>`;
  writeFileSync(join(directory, "index.html"), `${head}<script type="module" src="page.js"></script>`);
  return directory;
}

/** Serves its page and its WebSocket, with one event in the room's log. */
export async function dialogueServer() {
  const place = ["--listen", "127.0.0.1:0", "--store", "memory:"];
  const server = await startServer(program, ["serve", definitions, "--static", await bundled("dialogue"), ...place]);
  const { createDialogueClient } = await import(pathToFileURL(client));
  const publisher = createDialogueClient({ url: `ws://${server.host}`, auth: { userId: "publisher" }, WebSocket });
  const room = await publisher.join("bench-0");
  await room.trigger("message", newest);
  publisher.close();
  return server;
}

export const socketIoServer = async () =>
  startServer(process.execPath, [here("socketio_page_server.mjs"), await bundled("socketio")]);
