// Definitions with calls and streams, as `dialogue codegen` would type them, and their catalogue, which the program makes.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AnyEvents, AnyRooms, DialogueApp } from "../../src/index.js";

export const binary = process.env["DIALOGUE_BIN"] ?? join(import.meta.dirname, "../../../build/release/bin/dialogue");

const object = (properties: object) => ({
  type: "object",
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});
const text = { type: "string", minLength: 1, maxLength: 200 };
const integer = { type: "integer", minimum: 0 };
export const definitions = {
  events: {},
  calls: {
    "orders.create": {
      request: object({ sku: text, quantity: integer }),
      answer: object({ id: text }),
      errors: { out_of_stock: object({ left: integer }) },
      timeout: "5s",
    },
    "orders.pay": { request: object({ id: text }), answer: object({ paid: { type: "boolean" } }), idempotent: true },
    "admin.purge": { access: ["role:admin"] },
  },
  streams: {
    "logs.follow": { request: object({ service: text }), items: object({ line: text }) },
    "agent.chat": { items: text, writes: text },
  },
};

export interface Calls {
  "orders.create": {
    kind: "call";
    request: { sku: string; quantity: number };
    answer: { id: string };
    errors: { out_of_stock: { left: number } };
  };
  "orders.pay": { kind: "call"; request: { id: string }; answer: { paid: boolean }; errors: Record<never, never> };
  "admin.purge": { kind: "call"; request: null; answer: null; errors: Record<never, never> };
  "logs.follow": { kind: "stream"; request: { service: string }; answer: { line: string }; errors: Record<never, never> };
  "agent.chat": { kind: "duplex"; request: null; answer: string; write: string; errors: Record<never, never> };
}

/** The text of the generated module. */
export const module: string = (() => {
  const directory = mkdtempSync(join(tmpdir(), "dialogue-calls-"));
  try {
    writeFileSync(join(directory, "app.json"), JSON.stringify(definitions));
    execFileSync(binary, ["codegen", join(directory, "app.json"), "--ts", join(directory, "app.ts")]);
    return readFileSync(join(directory, "app.ts"), "utf8");
  } finally {
    rmSync(directory, { recursive: true });
  }
})();

export const app: DialogueApp<AnyEvents, AnyRooms, Calls> = {
  catalogue: /"([A-Za-z0-9+/=]{100,})"/.exec(module)![1]!,
  fingerprint: /fingerprint: "(\w+)"/.exec(module)![1]!,
};
