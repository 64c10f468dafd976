// A token for one room, brought by a page: what it takes away, whose it must be, and that a page that comes back brings another.
import { createHmac, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Lab } from "./support/lab.js";
import { Proxy } from "./support/proxy.js";
import { definitions, stockProgram } from "./support/server.js";
import { expect, test } from "./support/test.js";

const signingSecret = randomBytes(48).toString("base64url");
const lifeS = 3600;

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A token of the test's own backend; with grants for rooms, if any are given. */
function tokenFor(sub: string, rooms?: Record<string, string[]>): string {
  const iat = Math.floor(Date.now() / 1000);
  const text = `${part({ alg: "HS256" })}.${part({ sub, iat, exp: iat + lifeS, ...(rooms ? { rooms } : {}) })}`;
  return `${text}.${createHmac("sha256", signingSecret).update(text).digest("base64url")}`;
}

const mayRead = { board: ["join", "history"] };
const mayWrite = { board: ["join", "publish"] };

test("a token for a room narrows what a page may do there, and the next one what it may do after a reconnect", async ({
  serve,
  open,
}) => {
  const directory = mkdtempSync(join(tmpdir(), "dialogue-room-token-"));
  const key = join(directory, "token.key");
  writeFileSync(key, signingSecret);
  const board = { program: stockProgram, definitions: definitions("board_v1.json"), page: Lab.page };
  const server = await serve({ ...board, flags: ["--auth-key", key] });
  const proxy = await Proxy.start(server.port);
  try {
    const ann = await Lab.openWithToken(await open(), server.url, tokenFor("ann"));
    await ann.join("board");
    const bob = await Lab.openWithToken(await open(), proxy.url, tokenFor("bob"));

    expect(await bob.join("board", { tokens: [tokenFor("ann", mayWrite)] })).toMatchObject({ code: "token_invalid" });
    expect(await bob.join("board", { tokens: [tokenFor("bob", { hall: ["join"] })] })).toMatchObject({ code: "forbidden" });
    expect(await bob.join("board", { tokens: [tokenFor("bob", mayWrite), tokenFor("bob", mayRead)] })).toMatchObject({
      id: "board",
    });
    expect(await bob.trigger("board", "scribble", "written")).toMatchObject({ duplicate: false });
    await expect.poll(async () => (await ann.heard()).map(({ data }) => data)).toEqual(["written"]);

    proxy.cut();
    await bob.expectState("reconnecting");
    proxy.mend();
    await bob.expectState("connected");
    await ann.trigger("board", "scribble", "and read");
    await expect.poll(async () => (await bob.heard()).map(({ data }) => data)).toContain("and read");
    const refused = await bob.trigger("board", "scribble", "not written");
    expect(refused).toMatchObject({ code: "forbidden" });
    expect(refused["message"]).toContain("the token for this room");
    expect((await ann.heard()).map(({ data }) => data)).not.toContain("not written");
  } finally {
    await proxy.stop();
    rmSync(directory, { recursive: true, force: true });
  }
});
