// A real server for tests of the bindings, and clients of it. Call `served()` once in a test file.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, afterEach, beforeAll } from "vitest";
import { WebSocket } from "ws";
import { type ClientOptions, createDialogueClient, type DialogueApp, type DialogueClient } from "../../src/index.js";
import { type PreloadedRoom, type PreloadOptions, preloadRoom } from "../../src/server.js";

const binary = process.env["DIALOGUE_BIN"] ?? join(import.meta.dirname, "../../../build/release/bin/dialogue");

export interface Events {
  message: { text: string };
  cursor: { id: string; x: number };
  typing: Record<string, never>;
  page: { u: string };
}
export interface Rooms {
  "room-{id}": "message" | "cursor" | "typing";
  booth: "message";
  "doc-{id}": "page";
}
export type App = DialogueApp<Events, Rooms>;

const text = { type: "string", minLength: 1, maxLength: 20 };
const object = (properties: object, required: string[]) => ({ type: "object", properties, required });
const definitions = {
  events: {
    message: { schema: object({ text }, ["text"]) },
    cursor: { delivery: { latest: "id" }, schema: object({ id: text, x: { type: "integer" } }, ["id", "x"]) },
    typing: { delivery: "volatile", schema: object({}, []) },
    page: { document: { text: ["body"], map: ["meta"] } },
  },
  rooms: {
    "room-{id}": { events: ["message", "cursor", "typing"], retention: { maxEvents: 5000 } },
    booth: { events: ["message"], maxSize: 1 },
    "doc-{id}": { events: ["page"] },
  },
};

/** Of the HTTP API. */
export const apiKey = "an-api-key-of-the-tests-that-is-long-enough";

let directory: string;
let program: ChildProcess;
let url: string;
let count = 0;
const clients: DialogueClient<any, any>[] = [];

/** Sets the server up around all tests, and closes the clients after each. */
export function served(): void {
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "dialogue-bindings-"));
    writeFileSync(join(directory, "app.json"), JSON.stringify(definitions));
    writeFileSync(join(directory, "api.key"), apiKey);
    const keys = ["--api-key-file", join(directory, "api.key")];
    const args = ["serve", join(directory, "app.json"), "--listen", "127.0.0.1:0", "--store", "memory:", ...keys];
    program = spawn(binary, args, { stdio: ["ignore", "pipe", "inherit"] });
    for await (const line of createInterface({ input: program.stdout! })) {
      url = /listening on (http:\S+)/.exec(line)?.[1] ?? url;
      if (url) break;
    }
    program.stdout!.resume();
  });
  afterEach(() => {
    for (const client of clients.splice(0)) client.close();
  });
  afterAll(async () => {
    program.kill();
    await once(program, "exit");
    rmSync(directory, { recursive: true });
  });
}

/** A client as this user. */
export function user(userId = "ann", options: ClientOptions<Events, Rooms> = {}): DialogueClient<Events, Rooms> {
  const client = createDialogueClient<Events, Rooms>({ url, WebSocket, auth: { userId }, ...options });
  clients.push(client);
  return client;
}

/** A room that no other test uses. */
export const newRoom = () => `room-${++count}` as const;

/** Another user in a room. */
export async function other(room: `room-${string}`, userId = "bob") {
  const client = user(userId);
  const its = await client.join(room);
  return { client, room: its, say: (text: string) => its.trigger("message", { text }) };
}

/** `fetch` as a server has it: that of a page sends preflight requests. */
const serverFetch = (url: string, { headers, signal }: any) =>
  new Promise((resolve, reject) => {
    const sent = get(url, { headers, signal }, async (response) => {
      let text = "";
      for await (const chunk of response) text += chunk;
      const status = response.statusCode!;
      resolve({ status, ok: status < 300, text: async () => text });
    });
    sent.on("error", reject);
  });

/** A room as a server preloads it, which came to the page as JSON. */
export async function preloaded(id: `room-${string}`, options: Partial<PreloadOptions> = {}): Promise<PreloadedRoom> {
  const access = { url, token: apiKey, fetch: serverFetch as any };
  return JSON.parse(JSON.stringify(await preloadRoom(id, { ...access, event: "message", last: 50, ...options })));
}

/** Where the server is. */
export const serverUrl = () => url;
