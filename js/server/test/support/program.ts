// The program, serving definitions for the tests of one file; and clients of it.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, afterEach } from "vitest";
import { WebSocket } from "ws";
import { type ClientOptions, createDialogueClient, type DialogueApp, type DialogueClient } from "../../../src/index.js";
import { createDialogueServer } from "../../src/index.js";

const binary = process.env["DIALOGUE_BIN"] ?? join(import.meta.dirname, "../../../../build/release/bin/dialogue");
/** Of the HTTP API, of tokens, and of hooks. */
export const kKey = "an-api-key-of-the-tests-that-is-long-enough";
export const kTokenSecret = "a secret for tokens of the tests, long enough";
export const kHooksSecret = "a-secret-for-hooks-of-the-tests-long-enough";

export interface Events {
  message: { text: string };
  cursor: { id: string; x: number };
}
export interface Rooms {
  chat: "message" | "cursor";
  staff: "message";
  "game-{id}": "cursor";
}
export type App = DialogueApp<Events, Rooms>;

const text = { type: "string", minLength: 1, maxLength: 40 };
const object = (properties: object) => ({ type: "object", properties, required: Object.keys(properties) });
const definitions = {
  events: {
    message: { schema: object({ text }) },
    cursor: { delivery: { latest: "id" }, schema: object({ id: text, x: { type: "integer" } }) },
  },
  rooms: {
    chat: { events: ["message", "cursor"], retention: { maxEvents: 1000 } },
    staff: { events: ["message"] },
    "game-{id}": { events: ["cursor"] },
  },
};

const running: ChildProcess[] = [];
const clients: DialogueClient<any, any>[] = [];
let directory: string | undefined;

afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});
afterAll(async () => {
  for (const program of running.splice(0)) {
    program.kill();
    if (program.exitCode === null) await once(program, "exit");
  }
  if (directory) rmSync(directory, { recursive: true });
  directory = undefined;
});

/** A path in the directory of the tests of this file. */
export function pathOf(name: string): string {
  directory ??= mkdtempSync(join(tmpdir(), "dialogue-server-"));
  return join(directory, name);
}

/** Writes a file that a setting names: its path. */
export function fileOf(name: string, content: string): string {
  writeFileSync(pathOf(name), content);
  return pathOf(name);
}

/** Runs a command of the program to its end. */
export const run = (...args: string[]) => execFileSync(binary, args, { stdio: ["ignore", "ignore", "pipe"] });

/** Starts a server with a key of the API and more arguments: its address. */
export async function serve(...args: string[]): Promise<string> {
  const app = fileOf("app.json", JSON.stringify(definitions));
  const fixed = ["--listen", "127.0.0.1:0", "--store", "memory:", "--api-key-file", fileOf("api.key", kKey)];
  const program = spawn(binary, ["serve", app, ...fixed, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  running.push(program);
  for await (const line of createInterface({ input: program.stdout! })) {
    const url = /listening on (http:[^\s"]+)/.exec(line)?.[1];
    if (!url) continue;
    program.stdout!.resume();
    return url;
  }
  throw new Error(`the server ended before it listened: ${args}`);
}

/** The API of the server at `url`. */
export const backend = (url: string, options: object = {}) => createDialogueServer<App>({ url, key: kKey, ...options });

/** A client of the server at `url`. */
export function client(url: string, options: ClientOptions<Events, Rooms> = {}): DialogueClient<Events, Rooms> {
  const made = createDialogueClient<Events, Rooms>({ url, WebSocket, ...options });
  made.on("connect_error", () => {}); // without handlers, the console has them
  made.on("error", () => {});
  clients.push(made);
  return made;
}
