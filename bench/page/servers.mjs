// Both pages, bundled, each with its server: { host, stop }.
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { WebSocket } from "ws";
import { bundle } from "../lib/bundle.mjs";
import { client, output, program } from "../lib/paths.mjs";
import { startServer } from "../lib/process.mjs";
import { newest } from "./newest.mjs";

const here = (...names) => join(dirname(fileURLToPath(import.meta.url)), ...names);
const definitions = here("..", "delivery", "app.json");

/** Bundles a page with its client as an application would, and gives the directory to serve. */
async function bundled(name) {
  const directory = join(output, "page", name);
  await bundle({
    definitions,
    directory: join(output, "page"), // not served
    entryPoints: [here("pages", `${name}.mjs`)],
    outfile: join(directory, "page.js"),
    external: ["history", "outbox", "fallback", "renewal", "extra", "servers", "calls", "debug"].map((part) => `./${part}.js`),
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
