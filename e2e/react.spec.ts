// examples/react in development: what components do to rooms when they come and go, in React 19 under StrictMode. And
// examples/frameworks in production: a page in each framework, all of them in one room.
import { execFileSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { kPatienceMs } from "../tests/patience.mjs";
import { buildFrameworks, frameworks } from "./support/frameworks_example.js";
import { Proxy } from "./support/proxy.js";
import { ReactExample } from "./support/react_example.js";
import { example, type Server, stockProgram } from "./support/server.js";
import type { Tab } from "./support/tab.js";
import { test as base, expect } from "./support/test.js";

const figureKbMax = 2; // what the guide rounds, and what bundlers change

interface Fixtures {
  /** The page's way to the server. */
  network: Proxy;
  /** Where the page is. */
  site: Server;
  /** Opens the page as a user, and waits until it is in the room "chat". */
  enter: (user: string) => Promise<Tab>;
}

const test = base.extend<Fixtures, { project: ReactExample; built: string }>({
  built: [
    async ({}, use) => {
      const directory = buildFrameworks();
      await use(join(directory, "dist"));
      rmSync(directory, { recursive: true });
    },
    { scope: "worker", timeout: kPatienceMs },
  ],
  project: [
    async ({}, use) => {
      const project = ReactExample.make();
      await use(project);
      project.remove();
    },
    { scope: "worker", timeout: kPatienceMs },
  ],
  network: async ({ serve }, use) => {
    const { port } = await serve({ program: stockProgram, definitions: ReactExample.definitions, page: example("react") });
    const proxy = await Proxy.start(port);
    await use(proxy);
    await proxy.stop();
  },
  site: async ({ project, network }, use) => {
    const site = await project.serve(network.url);
    await use(site);
    await site.stop();
  },
  enter: async ({ site, open }, use) =>
    use(async (user) => {
      const tab = await open();
      await tab.goto(`${site.url}?user=${user}`);
      await expectRoom(tab, "chat", "joined");
      return tab;
    }),
});

const expectRoom = (tab: Tab, id: string, state: string): Promise<void> =>
  expect.poll(async () => (await tab.texts("#room")).join()).toBe(`${id}: ${state}`);
const expectPeople = (tab: Tab, people: string[]): Promise<void> => expect.poll(() => tab.texts("#people li")).toEqual(people);
const expectMessages = (tab: Tab, messages: string[]): Promise<void> =>
  expect.poll(() => tab.texts("#messages li")).toEqual(messages);

/** Clicks one after the other, before any of it is answered. Each click: a button, and in which state which room is then. */
async function clickUnanswered(network: Proxy, tab: Tab, clicks: readonly (readonly [string, string, string])[]): Promise<void> {
  network.hold();
  for (const [button, room, state] of clicks) {
    await tab.click(`#${button}`);
    await expectRoom(tab, room, state);
  }
  network.release();
}

async function say(tab: Tab, text: string): Promise<void> {
  await tab.fill("#text", text);
  await tab.press("#text", "Enter");
}

test("examples/react compiles against the packed package, with the versions that run here", { tag: "@once" }, ({ project }) => {
  expect(project.typeErrors()).toBe("");
  const pins = (path: string) => {
    const { dependencies, devDependencies } = JSON.parse(readFileSync(path, "utf8"));
    return { ...dependencies, ...devDependencies };
  };
  const { "dialogue-client": _, ...wanted } = pins(join(example("react"), "package.json"));
  expect(pins("package.json")).toMatchObject(wanted);
});

test("F-F18 the guide's figures of the first bundle are those of this example", { tag: "@once" }, () => {
  const script = fileURLToPath(new URL("../bench/size/react.mjs", import.meta.url));
  const measured = JSON.parse(execFileSync(process.execPath, [script, "--json"], { encoding: "utf8" }));
  const guide = readFileSync(fileURLToPath(new URL("../docs/guides/frameworks.md", import.meta.url)), "utf8");
  const shown = [...guide.matchAll(/^\| (React[^|]*) \| (\d+) KB \|$/gm)].map(([, row, size]) => [row, Number(size)] as const);
  expect(shown.map(([row]) => row)).toEqual(["React alone", "React with Dialogue"]);
  const [alone, together] = shown.map(([, size]) => size);
  expect(Math.abs(measured.without.first / 1000 - alone!)).toBeLessThan(figureKbMax);
  expect(Math.abs(measured.with.first / 1000 - together!)).toBeLessThan(figureKbMax);
});

test("F-C01 StrictMode mounts, unmounts and mounts again: the room stays, and events are received once", async ({ enter }) => {
  const [ann, bob] = [await enter("ann"), await enter("bob")];
  await expectPeople(ann, ["ann", "bob"]);
  await say(ann, "one");
  await expectMessages(bob, ["ann: one"]);
  await say(bob, "two");
  for (const tab of [ann, bob]) await expectMessages(tab, ["ann: one", "bob: two"]);
});

test("F-C01 two components share a room: it is left when the last one goes", async ({ enter }) => {
  const [ann, bob] = [await enter("ann"), await enter("bob")];
  await expectPeople(ann, ["ann", "bob"]);
  await bob.click("#show-people");
  await expectPeople(bob, []);
  await say(ann, "still here?");
  await expectMessages(bob, ["ann: still here?"]);
  await bob.click("#show-people");
  await expectPeople(bob, ["ann", "bob"]);
  await say(bob, "still here");
  await expectMessages(ann, ["ann: still here?", "bob: still here"]);
  await bob.click("#open-lounge");
  await expectRoom(bob, "lounge", "joined");
  await expectPeople(ann, ["ann"]);
});

test("F-C02 a user who joins while the room is being left is a member in the end", async ({ enter, network }) => {
  const [ann, bob] = [await enter("ann"), await enter("bob")];
  await say(ann, "before");
  await expectMessages(bob, ["ann: before"]);
  await clickUnanswered(network, bob, [
    ["leave", "chat", "leaving"],
    ["join", "chat", "joining"],
  ]);
  await expectRoom(bob, "chat", "joined");
  await say(ann, "after");
  await expectMessages(bob, ["ann: before", "ann: after"]);
  await expectPeople(ann, ["ann", "bob"]);
});

test("F-C02 a user who opens another room and returns during both joins is in the room that is shown", async ({
  enter,
  network,
}) => {
  const [ann, bob] = [await enter("ann"), await enter("bob")];
  const rooms = ["lounge", "chat", "lounge", "chat"];
  await clickUnanswered(
    network,
    bob,
    rooms.map((id) => [`open-${id}`, id, "joining"]),
  );
  await expectRoom(bob, "chat", "joined");
  await say(ann, "welcome back");
  await expectMessages(bob, ["ann: welcome back"]);
  await ann.click("#open-lounge");
  await expectRoom(ann, "lounge", "joined");
  await expectPeople(ann, ["ann"]);
});

test("F-C02 a user who leaves during a join is not a member in the end", async ({ enter, network }) => {
  const [ann, bob] = [await enter("ann"), await enter("bob")];
  await bob.click("#leave");
  await expectRoom(bob, "chat", "idle");
  await expectPeople(ann, ["ann"]);
  await clickUnanswered(network, bob, [
    ["join", "chat", "joining"],
    ["leave", "chat", "leaving"],
  ]);
  await expectRoom(bob, "chat", "idle");
  await say(ann, "alone");
  await expectMessages(ann, ["ann: alone"]);
  await expectPeople(ann, ["ann"]);
  expect(await bob.texts("#messages li")).toEqual([]);
});

test("F-C01 a refused join says why, and the user's next try succeeds", async ({ enter }) => {
  const [ann, bob] = [await enter("ann"), await enter("bob")];
  await ann.click("#open-booth");
  await expectRoom(ann, "booth", "joined");
  await bob.click("#open-booth");
  await expectRoom(bob, "booth", "refused");
  expect((await bob.texts("#refusal")).join()).toContain("full");
  await bob.click("#join");
  await expectRoom(bob, "booth", "refused");
  await ann.click("#open-chat");
  await expectRoom(ann, "chat", "joined");
  await bob.click("#join");
  await expectRoom(bob, "booth", "joined");
  expect(await bob.texts("#refusal")).toEqual([]);
  await expectPeople(bob, ["bob"]);
  await say(bob, "mine");
  await expectMessages(bob, ["bob: mine"]);
});

test("pages in four frameworks show one room: its members, its messages, and what was said before", async ({
  built,
  open,
  serve,
}) => {
  const definitions = join(example("frameworks"), "app.json");
  const { url } = await serve({ program: stockProgram, definitions, page: built });
  const tabs: Tab[] = [];
  const said: string[] = [];
  for (const name of frameworks) {
    const tab = await open();
    await tab.goto(`${url}${name}.html?user=${name}`);
    await expect.poll(() => tab.texts("li")).toEqual(said);
    await tab.fill("input", `Hi from ${name}`);
    await tab.press("input", "Enter");
    said.push(`${name}: Hi from ${name}`);
    tabs.push(tab);
    for (const each of tabs) await expect.poll(() => each.texts("li")).toEqual(said);
  }
  const members = async (tab: Tab) => (await tab.texts("#members")).join().split(/, ?/).sort();
  for (const tab of tabs) await expect.poll(() => members(tab)).toEqual([...frameworks].sort());
});
