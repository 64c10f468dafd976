// F-C35: the TypeScript of the guides compiles, under strict, against the built package. What a snippet takes from its page, such
// as show(), is declared here once; each file's snippets are compiled apart, each in a scope of its own.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const js = fileURLToPath(new URL("../..", import.meta.url));
const root = join(js, "..");
const kGuides = ["README.md", "js/README.md", "docs/guides/web-client.md", "docs/guides/authentication.md"];

/** What the pages around the snippets have. */
const kPage = `
  import { createDialogueClient, DialogueError, type DialogueErrorOf, type Room } from "dialogue-client";
  import { createRecorder } from "dialogue-client/recorder";
  import { app, type Events } from "./app.js";
  declare const client: ReturnType<typeof typedClient>;
  function typedClient() { return createDialogueClient({ app }); }
  declare const chat: Room<Events, "message">;
  declare const [auth, token, userId]: [{ token: string }, string, string];
  declare const oldest: { seq: number };
  declare function show(...what: unknown[]): void;
  declare function count(what: string): void;
  declare function add(what: unknown): void;
  declare function showMembers(who: readonly unknown[]): void;
  declare function showNotice(what: string): void;
  declare function showState(state: string, reason: string | undefined): void;
  declare function showInvite(what: unknown): void;
  declare function translate(what: string): Promise<void>;
  declare function store(what: unknown): Promise<void>;
  declare function tokenFrom(path: string): Promise<string>;
  declare function useEffect(effect: () => () => void, when: unknown[]): void;
  declare const [line, link, field]: [HTMLElement, HTMLAnchorElement, HTMLInputElement];
  declare const [sendButton, staffLink]: [HTMLButtonElement, HTMLElement];
  declare const retry: { after(ms: number): void };
  declare const WebSocket: any;
  declare const url: string;
  void [createDialogueClient, DialogueError, createRecorder, app, client, chat, auth, token, userId, oldest, show, count, add];
`;

/** The generated module: an app with the rooms and events that the guides speak of. */
const kApp = `
  import type { DialogueApp } from "dialogue-client";
  export interface Events { message: { text: string }; invite: { roomId: string } }
  export interface Rooms { "{any}": "message" }
  export const app: DialogueApp<Events, Rooms> = { catalogue: "", fingerprint: "" };
`;

const snippetsOf = (text) => [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code]) => code);

/** One module: the page's declarations, and each snippet as a function, with its imports left out. */
const moduleOf = (snippets) =>
  [
    kPage,
    ...snippets.map((code, index) => `export async function snippet${index}() {\n${code.replace(/^import .*$/gm, "")}\n}`),
  ].join("\n");

for (const path of kGuides)
  test(`F-C35 the snippets of ${path} compile under strict`, () => {
    const snippets = snippetsOf(readFileSync(join(root, path), "utf8"));
    assert.ok(snippets.length > 0);
    const project = mkdtempSync(join(tmpdir(), "dialogue-snippets-"));
    try {
      mkdirSync(join(project, "node_modules"));
      symlinkSync(js, join(project, "node_modules/dialogue-client"));
      writeFileSync(join(project, "package.json"), '{ "type": "module" }');
      writeFileSync(join(project, "app.ts"), kApp);
      writeFileSync(join(project, `${basename(path, ".md")}.ts`), moduleOf(snippets));
      const compilerOptions = {
        strict: true,
        noEmit: true,
        target: "ES2022",
        lib: ["ES2022", "DOM"],
        types: [],
        module: "NodeNext",
      };
      writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }));
      const { stdout = "" } = run(join(js, "node_modules/.bin/tsc"), ["-p", join(project, "tsconfig.json")]);
      assert.equal(stdout, "");
    } finally {
      rmSync(project, { recursive: true, force: true });
    }
  });

/** What a command printed, whether it failed or not. */
function run(command, args) {
  try {
    return { stdout: execFileSync(command, args, { encoding: "utf8" }) };
  } catch ({ stdout }) {
    return { stdout };
  }
}
