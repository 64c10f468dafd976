// The example backends, each beside a real Dialogue server that asks it: users log in at the backend, and its hooks decide what
// they may do.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { example, freePort, Server, type ServerOptions, stockProgram } from "./support/server.js";
import type { Tab } from "./support/tab.js";
import { expect, test } from "./support/test.js";

const kBackends = {
  node: [process.execPath, join(example("backend-node"), "backend.mjs")],
  python: ["python3", join(example("backend-python"), "backend.py")],
} as const;

/** The settings of examples/backend-page/dialogue.json, with a backend's address and secrets in place of the fixed ones. */
const serverBeside = (backend: Server, secrets: string, port: number): ServerOptions => ({
  program: stockProgram,
  definitions: join(example("backend-page"), "app.json"),
  page: join(example("backend-page"), "web"),
  port,
  flags: [
    ["--config", join(example("backend-page"), "dialogue.json")],
    ["--allow-origin", backend.url.slice(0, -1)],
    ["--hooks-url", `${backend.url}hooks`],
    ["--hooks-secret-file", join(secrets, "hooks.key")],
    ["--auth-key", join(secrets, "token.key")],
    ["--api-key-file", join(secrets, "api.key")],
  ].flat(),
});

async function logIn(tab: Tab, url: string, user: string, password: string): Promise<void> {
  await tab.goto(url);
  await tab.fill("#user", user);
  await tab.fill("#password", password);
  await tab.press("#password", "Enter");
}

async function submit(tab: Tab, field: string, text: string): Promise<void> {
  await tab.fill(field, text);
  await tab.press(field, "Enter");
}

const expectMessages = (tab: Tab, expected: string[]): Promise<void> =>
  expect.poll(() => tab.texts("#messages li")).toEqual(expected);
const expectProblem = (tab: Tab, words: string): Promise<void> =>
  expect.poll(async () => (await tab.texts("#problem")).join()).toContain(words);

for (const [language, [program, script]] of Object.entries(kBackends))
  test(`examples/backend-${language}: its users log in and chat, and its hooks decide`, async ({ serve, open }) => {
    const secrets = mkdtempSync(join(tmpdir(), "dialogue-secrets-"));
    const port = await freePort();
    const env = { SECRETS: secrets, PORT: "0", DIALOGUE_URL: `http://127.0.0.1:${port}` };
    const backend = await Server.launch(program, [script], env);
    try {
      await serve(serverBeside(backend, secrets, port));
      const [ann, bob, sue, mallory] = [await open(), await open(), await open(), await open()];

      await logIn(ann, backend.url, "ann", "wrong");
      await expectProblem(ann, "password is wrong");
      for (const [tab, user, password] of [
        [ann, "ann", "apple"],
        [bob, "bob", "banana"],
        [sue, "sue", "cherry"],
      ] as const) {
        await logIn(tab, backend.url, user, password);
        await expect.poll(() => tab.texts("#state")).toEqual(["connected"]);
      }
      await logIn(mallory, backend.url, "mallory", "mango");
      await expectProblem(mallory, "mallory is banned until Monday");

      await submit(ann, "#text", "Hello Bob");
      await expectMessages(bob, ["ann: Hello Bob"]);
      await submit(bob, "#text", "this darn thing");
      const said = ["ann: Hello Bob", "bob: this **** thing"];
      await expectMessages(ann, said);
      await expectMessages(bob, said);
      await submit(ann, "#text", "see https://example.com");
      await expectProblem(ann, "no links, please");

      await ann.click("#staff");
      await expectProblem(ann, "the staff room is for staff");
      await sue.click("#staff");
      await expect.poll(() => sue.texts("#entered")).toEqual(["You are in Staff."]);

      await submit(ann, "#news", "I am the boss");
      await expectProblem(ann, "Only staff may announce.");
      await submit(sue, "#news", "The kitchen is open");
      for (const tab of [ann, bob, sue]) await expectMessages(tab, [...said, "The kitchen is open"]);

      await bob.close();
      await expect.poll(() => backend.log).toContain("bob has gone");
    } finally {
      await backend.stop();
      rmSync(secrets, { recursive: true, force: true });
    }
  });
