// Definitions with states of presence, as `dialogue codegen` would type them, and their catalogue, which the program makes.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BySession, DialogueApp, PresenceStates } from "../../src/index.js";
import { binary } from "../calls/call_app.js";

const integer = { type: "integer", minimum: 0 };
export const definitions = {
  events: { edit: { schema: true } },
  rooms: {
    "doc-{id}": {
      events: ["edit"],
      presence: {
        state: { type: "object", properties: { x: integer }, required: ["x"], additionalProperties: false },
        rate: 50,
      },
    },
    "tabs-{id}": {
      events: ["edit"],
      presence: { state: { type: "object", properties: { y: integer }, required: ["y"] }, merge: "sessions" },
    },
    lobby: { events: ["edit"] },
  },
};

export interface Events extends PresenceStates<{ "doc-{id}": { x: number }; "tabs-{id}": BySession<{ y: number }> }> {
  edit: unknown;
}
export interface Rooms {
  "doc-{id}": "edit";
  "tabs-{id}": "edit";
  lobby: "edit";
}

/** The text of the generated module. */
export const module: string = (() => {
  const directory = mkdtempSync(join(tmpdir(), "dialogue-presence-"));
  try {
    writeFileSync(join(directory, "app.json"), JSON.stringify(definitions));
    execFileSync(binary, ["codegen", join(directory, "app.json"), "--ts", join(directory, "app.ts")]);
    return readFileSync(join(directory, "app.ts"), "utf8");
  } finally {
    rmSync(directory, { recursive: true });
  }
})();

export const app: DialogueApp<Events, Rooms> = {
  catalogue: /"([A-Za-z0-9+/=]{100,})"/.exec(module)![1]!,
  fingerprint: /fingerprint: "(\w+)"/.exec(module)![1]!,
};
