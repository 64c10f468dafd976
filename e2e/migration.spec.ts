// examples/socketio-migration in real browsers: the page, unmodified, at socket.io in Node and at the server that it moved to.
import { cpSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildDir, example, freePort, Server } from "./support/server.js";
import type { Tab } from "./support/tab.js";
import { expect, test } from "./support/test.js";

const modules = (path: string) => fileURLToPath(new URL(`../${path}/node_modules`, import.meta.url));
const bundle = join(modules("js"), "socket.io-client", "dist", "socket.io.esm.min.js");

const log = (tab: Tab) => tab.texts("#log li");

/** Copies the example with socket.io-client's bundle beside its page, which its README has people do. */
function withBundle(directory: string): string {
  cpSync(example("socketio-migration"), directory, { recursive: true });
  cpSync(bundle, join(directory, "web", "socket.io.esm.min.js"));
  return directory;
}

const houses = {
  "before the move": async (directory: string) =>
    Server.launch(process.execPath, [join(directory, "before", "server.cjs"), `${await freePort()}`], {
      NODE_PATH: modules("bench"),
    }),
  "after the move": (directory: string) =>
    Server.launch(join(buildDir, "bin", "auction"), ["127.0.0.1:0", join(directory, "web")]),
};

for (const [when, house] of Object.entries(houses))
  test(`the auction house ${when}: what ann bids bob sees, and a bid below it is refused`, async ({ open }, info) => {
    const server = await house(withBundle(info.outputPath("auction")));
    try {
      const [ann, bob] = [await open(), await open()];
      await ann.goto(`${server.url}?key=key-ann`);
      await bob.goto(`${server.url}?key=key-bob`);
      await expect.poll(async () => (await log(ann)).filter((line) => line.startsWith('answer "watch"')).length).toBe(2);
      await expect.poll(async () => (await log(bob)).filter((line) => line.startsWith('answer "watch"')).length).toBe(2);
      expect((await log(bob)).at(-1)).toBe('hello "bob"');
      const bid = async (price: string) => {
        await bob.evaluate((value) => {
          document.querySelector<HTMLInputElement>("#price")!.value = value;
        }, price);
        await bob.click("#bid button");
      };
      await bid("30");
      for (const tab of [ann, bob]) await expect.poll(async () => (await log(tab)).join("\n")).toContain('price "vase" 30 "bob"');
      await bid("20");
      await expect.poll(() => bob.texts("#problem")).toEqual([expect.stringMatching(/\w/)]);
    } finally {
      await server.stop();
    }
  });
