// The definitions that pages are built with, as the program `dialogue` writes them: the catalogue of a server that has them.
import type { DialogueApp } from "../src/api/definitions.js";
import { FrameType } from "../src/generated/tables.js";
import { OutputKind, ServerModule } from "../src/testing/server_module.js";

const known = new Map<string, DialogueApp>();

/** What a page has as `app` where these are its definitions. */
export function appOf(server: WebAssembly.Module, definitions: object): DialogueApp {
  const text = JSON.stringify(definitions);
  let app = known.get(text);
  if (!app) known.set(text, (app = read(server, text)));
  return app;
}

/** Asks a server for its definitions, as a page without any does. */
function read(server: WebAssembly.Module, definitions: string): DialogueApp {
  const module = new ServerModule(server);
  module.create(definitions, 1, 1, 1);
  module.receive(module.open(), JSON.stringify([FrameType.HELLO, 1, 0, 0, { identity: { userId: "reader" } }]));
  module.tick();
  for (let output = module.next(); output; output = module.next()) {
    if (output.kind !== OutputKind.message) continue;
    const frame = JSON.parse(output.text.split("\n")[0]!);
    if (frame[0] === FrameType.WELCOME)
      return { catalogue: frame[7].catalogue, fingerprint: frame[3].toString(16).padStart(13, "0") } as DialogueApp;
  }
  throw new Error("The server has sent no WELCOME.");
}
