// An unmodified socket.io-client and the web client in one room, in real browsers, over each of its transports, and over a server
// that is killed under them.
import { cpSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Lab } from "./support/lab.js";
import { definitions, freePort, stockProgram } from "./support/server.js";
import type { Tab } from "./support/tab.js";
import { expect, test } from "./support/test.js";

interface Socket {
  readonly recovered: boolean;
  readonly io: { readonly engine: { readonly transport: { readonly name: string } } };
  on(event: string, handler: (argument: Record<string, unknown>) => void): void;
  emit(event: string, argument: object): void;
  emitWithAck(event: string, argument: object): Promise<Record<string, unknown>>;
}

declare global {
  interface Window {
    io: (options: object) => Socket;
    visitor: { socket: Socket; heard: [seq: unknown, text: unknown][]; joins: number; recoveries: number };
  }
}

const bundle = fileURLToPath(new URL("../js/node_modules/socket.io-client/dist/socket.io.min.js", import.meta.url));

/** The page of Lab with socket.io-client's own bundle beside it. */
function pageWithBundle(directory: string): string {
  cpSync(Lab.page, directory, { recursive: true });
  cpSync(bundle, join(directory, "socket.io.min.js"));
  return directory;
}

/** Connects the page by socket.io-client, as the guide has it, and keeps what comes. */
async function visit(tab: Tab, userId: string, transports: string[]): Promise<void> {
  await tab.evaluate(() => {
    const script = document.createElement("script");
    script.src = "socket.io.min.js";
    document.head.append(script);
  }, null);
  await expect.poll(() => tab.evaluate(() => typeof window.io, null)).toBe("function");
  await tab.evaluate(
    (options) => {
      const socket = window.io({ ...options, reconnectionDelay: 100, reconnectionDelayMax: 500 });
      const visitor: Window["visitor"] = { socket, heard: [], joins: 0, recoveries: 0 };
      window.visitor = visitor;
      socket.on("dialogue:connected", ({ recovered }) => {
        if (recovered) visitor.recoveries += 1;
        else socket.emit("dialogue:join", { roomId: "board" });
      });
      socket.on("dialogue:joined", () => {
        visitor.joins += 1;
      });
      socket.on("dialogue:event", ({ seq, data }) => visitor.heard.push([seq, (data as { text: string }).text]));
    },
    { auth: { userId }, transports },
  );
  await expect.poll(() => tab.evaluate(() => window.visitor.joins, null)).toBe(1);
}

const heard = (tab: Tab) => tab.evaluate(() => window.visitor.heard, null);
const numbered = (texts: string[]) => texts.map((text, i) => [i + 1, text]);

for (const transports of [["websocket"], ["polling"], ["polling", "websocket"]])
  test(`socket.io-client over ${transports.join(", then ")} and the web client talk in one room, over kill -9`, async ({
    serve,
    open,
  }, info) => {
    const options = {
      program: stockProgram,
      definitions: definitions("board_v1.json"),
      page: pageWithBundle(info.outputPath("page")),
      port: await freePort(),
      store: `sqlite:${info.outputPath("socketio.db")}`,
    };
    const server = await serve(options);
    const tab = await open();
    await Lab.open(tab, server.url, "page of bob");
    await visit(tab, "bob", transports);
    const ann = await Lab.open(await open(), server.url, "ann");
    await ann.join("board");
    const say = (text: string) =>
      tab.evaluate((data) => window.visitor.socket.emitWithAck("dialogue:trigger", { roomId: "board", event: "note", data }), {
        text,
      });
    await ann.trigger("board", "note", { text: "from ann" });
    expect(await say("from bob")).toMatchObject({ ok: true, seq: 2 });
    expect(await say("a text of more than 20 characters")).toMatchObject({ ok: false, code: "too_long" });
    const both = numbered(["from ann", "from bob"]);
    await expect.poll(() => heard(tab)).toEqual(both);
    await expect
      .poll(async () => (await ann.heard()).map(({ seq, data }) => [seq, (data as { text: string }).text]))
      .toEqual(both);
    const last = transports.at(-1);
    await expect.poll(() => tab.evaluate(() => window.visitor.socket.io.engine.transport.name, null)).toBe(last);

    await server.stop("SIGKILL");
    await serve(options);
    await ann.trigger("board", "note", { text: "after kill -9" });
    const all = numbered(["from ann", "from bob", "after kill -9"]);
    await expect.poll(() => heard(tab)).toEqual(all);
    expect(await tab.evaluate(() => [window.visitor.joins >= 1, window.visitor.recoveries], null)).toEqual([true, 1]);
  });
