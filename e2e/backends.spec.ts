// The example backends, each beside a real Dialogue server that asks it: users log in at the backend, and its hooks decide what
// they may do.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { example, freePort, Server, type ServerOptions, stockProgram } from "./support/server.js";
import type { Tab } from "./support/tab.js";
import { test as base, expect } from "./support/test.js";

const backendFiles = {
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

/** A backend, and the Dialogue server that asks it. */
interface Beside {
  url: string;
  backend: Server;
  /** Starts the backend again, at its address and with its secrets. */
  restart: () => Promise<Server>;
}

const test = base.extend<{ beside: (language: keyof typeof backendFiles) => Promise<Beside> }>({
  beside: async ({ serve }, use) => {
    const secrets = mkdtempSync(join(tmpdir(), "dialogue-secrets-"));
    const backends: Server[] = [];
    await use(async (language) => {
      const [program, script] = backendFiles[language];
      const [port, own] = [await freePort(), await freePort()];
      const env = { SECRETS: secrets, PORT: `${own}`, DIALOGUE_URL: `http://127.0.0.1:${port}` };
      const restart = async () => {
        const backend = await Server.launch(program, [script], env);
        backends.push(backend);
        return backend;
      };
      const backend = await restart();
      await serve(serverBeside(backend, secrets, port));
      return { url: backend.url, backend, restart };
    });
    for (const backend of backends) await backend.stop();
    rmSync(secrets, { recursive: true, force: true });
  },
});

async function logIn(tab: Tab, url: string, user: string, password: string): Promise<void> {
  await tab.goto(url);
  await giveName(tab, user, password);
}

async function giveName(tab: Tab, user: string, password: string): Promise<void> {
  await tab.fill("#user", user);
  await tab.fill("#password", password);
  await tab.press("#password", "Enter");
}

const expectConnected = (tab: Tab): Promise<void> => expect.poll(() => tab.texts("#state")).toEqual(["connected"]);

async function submit(tab: Tab, field: string, text: string): Promise<void> {
  await tab.fill(field, text);
  await tab.press(field, "Enter");
}

const expectMessages = (tab: Tab, expected: string[]): Promise<void> =>
  expect.poll(() => tab.texts("#messages li")).toEqual(expected);
const expectPrivate = (tab: Tab, expected: string[]): Promise<void> =>
  expect.poll(() => tab.texts("#pair-messages li")).toEqual(expected);
const valueOf = (tab: Tab, field: string): Promise<string> =>
  tab.evaluate((css) => document.querySelector<HTMLInputElement>(css)!.value, field);
const expectProblem = (tab: Tab, words: string): Promise<void> =>
  expect.poll(async () => (await tab.texts("#problem")).join()).toContain(words);

/** What somebody comes to who is logged in and tries to enter a room of two others: the codes of the refusals. */
function tryEverything(tab: Tab, user: string, password: string, room: string): Promise<object> {
  return tab.evaluate(
    async ({ user, password, room }) => {
      const post = async (path: string, body: object, token = "") => {
        const headers = { "Content-Type": "application/json", Authorization: `Bearer ${token}` };
        return (await fetch(path, { method: "POST", headers, body: JSON.stringify(body) })).json();
      };
      const { token, dialogue } = await post("/login", { user, password });
      const other = await post("/pair", { peer: "bob" }, token);
      const { createDialogueClient } = await import(`${location.origin}/_dialogue/client.js`);
      const client = createDialogueClient({ url: dialogue, auth: { token } });
      const attempt = (id: string, options: object = {}): Promise<string> =>
        client.join(id, options).then(
          () => "joined",
          ({ code }: { code: string }) => code,
        );
      const result = {
        withoutToken: await attempt(room),
        withOwnToken: await attempt(room, { token: () => token }),
        withTokenOfAnotherPair: await attempt(room, { token: () => other.token }),
        inboxOfBob: await attempt("inbox-bob"),
        isListed: (await client.listRooms()).rooms.some(({ id }: { id: string }) => id === room),
      };
      client.close();
      return result;
    },
    { user, password, room },
  );
}

// The page is the same: the second backend is tried in one engine.
for (const [language, name] of [
  ["node", "backend-node"],
  ["python", "backend-python @once"],
] as const) {
  test(`examples/${name}: its users log in and chat, and its hooks decide`, async ({ beside, open }) => {
    const { url, backend } = await beside(language);
    const [ann, bob, sue, mallory] = [await open(), await open(), await open(), await open()];

    await logIn(ann, url, "ann", "wrong");
    await expectProblem(ann, "password is wrong");
    for (const [tab, user, password] of [
      [ann, "ann", "apple"],
      [bob, "bob", "banana"],
      [sue, "sue", "cherry"],
    ] as const) {
      await logIn(tab, url, user, password);
      await expectConnected(tab);
    }
    await logIn(mallory, url, "mallory", "mango");
    await expectProblem(mallory, "mallory is banned until Monday");

    await submit(ann, "#text", "Hello Bob");
    await expectMessages(bob, ["ann: Hello Bob"]);
    await submit(bob, "#text", "this darn thing");
    const said = ["ann: Hello Bob", "bob: this **** thing"];
    await expectMessages(ann, said);
    await expectMessages(bob, said);
    await submit(ann, "#text", "see https://example.com");
    await expectProblem(ann, "no links, please");
    expect(await valueOf(ann, "#text")).toBe("see https://example.com");

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
  });

  test(`F-G04 examples/${name}: messages written without the backend wait visibly, and are sent once`, async ({
    beside,
    open,
  }) => {
    const { url, backend, restart } = await beside(language);
    const [ann, bob] = [await open(), await open()];
    await logIn(ann, url, "ann", "apple");
    await logIn(bob, url, "bob", "banana");
    for (const tab of [ann, bob]) await expectConnected(tab);
    await submit(ann, "#text", "before");
    await expectMessages(bob, ["ann: before"]);
    await backend.stop("SIGKILL");
    await submit(ann, "#text", "meanwhile");
    expect(await valueOf(ann, "#text")).toBe("");
    await ann.click("#write button");
    await ann.fill("#text", "begun");
    await expect.poll(() => ann.texts("#pending")).toEqual(["1 message waits to be sent."]);
    await submit(ann, "#news", "nobody hears this");
    await expectProblem(ann, "The backend does not answer");
    await bob.click("#staff");
    await expect.poll(async () => (await bob.texts("#waiting")).join()).toBe("The server needs a moment.");
    await restart();
    await expect.poll(async () => (await bob.texts("#problem")).join()).toContain("is for staff");
    await expect.poll(() => bob.texts("#messages li")).toEqual(["ann: before", "ann: meanwhile"]);
    await expect.poll(async () => (await ann.texts("#pending")).join()).toBe("");
    expect(await valueOf(ann, "#text")).toBe("begun");
    await ann.press("#text", "Enter");
    await expectMessages(bob, ["ann: before", "ann: meanwhile", "ann: begun"]);
  });

  test(`F-F03 examples/${name}: two users talk in a room of their own, and no third gets in`, async ({ beside, open }) => {
    const { url } = await beside(language);
    const [ann, bob, sue] = [await open(), await open(), await open()];
    await logIn(ann, url, "ann", "apple");
    await logIn(sue, url, "sue", "cherry");
    for (const tab of [ann, sue]) await expectConnected(tab);
    await submit(ann, "#peer", "nobody");
    await expectProblem(ann, "no other user of this name");
    await submit(ann, "#peer", "bob");
    await expect.poll(() => ann.texts("#pair-title")).toEqual(["Between you and bob"]);
    await submit(ann, "#pair-text", "for Bob alone");
    await expectPrivate(ann, ["ann: for Bob alone"]);
    await logIn(bob, url, "bob", "banana"); // he comes later, and is offered what he has missed
    await bob.click("#pair-ann");
    await expectPrivate(bob, ["ann: for Bob alone"]);
    await submit(bob, "#pair-text", "for Ann alone");
    for (const tab of [ann, bob]) await expectPrivate(tab, ["ann: for Bob alone", "bob: for Ann alone"]);

    await submit(sue, "#peer", "ann");
    await expect.poll(() => sue.texts("#pair-title")).toEqual(["Between you and ann"]);
    expect(await tryEverything(sue, "sue", "cherry", "direct-ann~bob")).toEqual({
      withoutToken: "forbidden",
      withOwnToken: "token_invalid",
      withTokenOfAnotherPair: "forbidden",
      inboxOfBob: "forbidden",
      isListed: false,
    });
  });

  test(`F-G03 examples/${name}: a logged-in user sees no login, and is the only member`, async ({ beside, open }) => {
    const { url } = await beside(language);
    const [ann, tab] = [await open(), await open()];
    await logIn(ann, url, "ann", "apple");
    await expectConnected(ann);
    expect(await ann.texts("#login, #password")).toEqual([]);
    expect(await valueOf(ann, "#password")).toBe("");
    await logIn(tab, url, "mallory", "mango");
    await expectProblem(tab, "mallory is banned until Monday");
    await expect.poll(() => tab.texts("#chat")).toEqual([]);
    await giveName(tab, "bob", "banana");
    await expectConnected(tab);
    await submit(ann, "#text", "Hello");
    await expectMessages(tab, ["ann: Hello"]);
    await submit(tab, "#text", "Hello Ann");
    for (const each of [ann, tab]) await expectMessages(each, ["ann: Hello", "bob: Hello Ann"]);
  });
}
