// When a client opens a socket, and what it says in its first message.
import { afterEach, describe, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { createDialogueClient } from "../../src/index.js";
import { Socket } from "../../src/transport/socket.js";
import { eventually } from "../support/eventually.js";
import { ScriptedServer } from "../support/scripted_server.js";

afterEach(() => {
  vi.unstubAllGlobals();
});

describe("without a page", () => {
  test("nothing is connected until the client is used", async () => {
    const opened = vi.fn();
    vi.stubGlobal("WebSocket", opened);
    const client = createDialogueClient({ url: "ws://host" });
    await new Promise((resolve) => setImmediate(resolve));
    expect(opened).not.toHaveBeenCalled();
    expect(client.state).toBe("connecting");
    client.close();
    expect(client.state).toBe("closed");
  });

  test("F-G15 a platform without WebSocket is reported at first use, not before", async () => {
    vi.stubGlobal("WebSocket", undefined);
    const client = createDialogueClient({ url: "ws://host" });
    await expect(client.join("chat")).rejects.toMatchObject({
      code: "not_supported",
      message: "$.WebSocket must be that of ws",
    });
    client.close();
  });

  test("an invalid address is reported at first use", async () => {
    vi.stubGlobal("WebSocket", vi.fn());
    const client = createDialogueClient();
    await expect(client.listRooms()).rejects.toMatchObject({ code: "not_supported", message: /URL/ });
    client.close();
  });

  test("options of later versions are refused, not ignored", () => {
    expect(() => createDialogueClient({ outbox: "redis" as "memory" })).toThrow(/outbox redis/);
  });
});

test.each([[[]], [["sse"]], [["websocket", "stream", "poll"]], [["stream", "polling", "stream"]], [["websocket", undefined]]])(
  "R-17 transports %j are refused where they are written",
  (transports) => {
    expect(() => createDialogueClient({ transports: transports as never })).toThrow(
      expect.objectContaining({
        code: "not_in_enum",
        path: "$.transports",
        message: "$.transports must be of websocket,stream,polling, each once",
      }),
    );
  },
);

describe("in a page", () => {
  test("the client connects by itself", async () => {
    const opened = vi.fn();
    vi.stubGlobal("document", {});
    vi.stubGlobal("location", { href: "https://site.example/" });
    vi.stubGlobal(
      "WebSocket",
      class {
        constructor(...values: unknown[]) {
          opened(...values);
        }
        close() {}
      },
    );
    const client = createDialogueClient();
    await eventually(() => expect(opened).toHaveBeenCalledOnce());
    const [url, [plain, withMessage, message]] = opened.mock.calls[0]!;
    expect([url, plain, withMessage]).toEqual(["wss://site.example/dialogue", "dialogue.v1", "dialogue.v1.with"]);
    expect(JSON.parse(decodeURIComponent(message))).toMatchObject([1, 1, 0, 0, { client: "dialogue-client" }]);
    client.close();
  });

  test("the network's return is a reason to try at once", async () => {
    let opened = () => {};
    const attempt = () => new Promise<void>((resolve) => (opened = resolve));
    const page = new EventTarget();
    vi.stubGlobal("addEventListener", page.addEventListener.bind(page));
    vi.stubGlobal("removeEventListener", page.removeEventListener.bind(page));
    class Refused {
      onclose: ((event: { code: number }) => void) | undefined;
      constructor() {
        opened();
        queueMicrotask(() => this.onclose?.({ code: 1006 }));
      }
      close() {}
    }
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }); // no timer rings: only the page's event brings a second attempt
    // One transport: then no timer but that of the next attempt, and no race that may begin with another transport.
    const options = { url: "ws://host", WebSocket: Refused as any, transports: ["websocket" as const] };
    const [first, client] = [attempt(), createDialogueClient(options)];
    await first;
    await vi.waitUntil(() => vi.getTimerCount() === 1, { interval: 0, timeout: 55_000 });
    const second = attempt();
    page.dispatchEvent(new Event("online"));
    await second;
    client.close();
    opened = () => expect.unreachable();
    page.dispatchEvent(new Event("online"));
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });
});

describe("R-17 what the browser remembers", () => {
  /** How many requests a page makes before its WebSocket has had its time, and after. */
  async function requestsOf(transports: ("websocket" | "stream")[], remembered: string | null) {
    await import("../../src/fallback/fallback.js"); // so that it is there at once
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const fetched = vi.fn(() => new Promise(() => {}));
    const opened = vi.fn();
    vi.stubGlobal("fetch", fetched);
    vi.stubGlobal("document", { visibilityState: "visible", addEventListener() {}, removeEventListener() {} });
    vi.stubGlobal("localStorage", { "dialogue:http": remembered, getItem: () => remembered, removeItem() {} });
    class Silent {
      constructor() {
        opened();
      }
      close() {}
    }
    const client = createDialogueClient({ url: "ws://host", WebSocket: Silent as never, transports });
    // Where the fallbacks are there before the core is, a stream begins first.
    const hasBegun = () => opened.mock.calls.length + fetched.mock.calls.length > 0;
    await vi.waitUntil(hasBegun, { interval: 0, timeout: 55_000 });
    const count = async () => {
      for (let turn = 0; turn < 50; ++turn) await new Promise((resolve) => setImmediate(resolve));
      return fetched.mock.calls.length;
    };
    await vi.advanceTimersByTimeAsync(100);
    const before = await count();
    await vi.advanceTimersByTimeAsync(1500);
    const after = await count();
    client.close();
    vi.useRealTimers();
    return [before, after];
  }
  const soon = `${Date.now() + 60_000}`;

  test.each<[string, ("websocket" | "stream")[], string | null, number[]]>([
    ["nothing: a stream begins after 1.5 s", ["websocket", "stream"], null, [0, 1]],
    ["that WebSocket was of no use: a stream begins at once", ["websocket", "stream"], soon, [1, 1]],
    ["the same, where only WebSocket may be used: nothing begins", ["websocket"], soon, [0, 0]],
  ])("%s", async (_, transports, remembered, expected) => {
    expect(await requestsOf(transports, remembered)).toEqual(expected);
  });
});

describe("the first message", () => {
  const identity = { userId: "ann", name: "Ann [☃]" };

  /** What a server is offered, and the first message that it then hears. */
  async function greeted(takesIt: boolean, name = identity.name) {
    const server = await ScriptedServer.start({ takesFirstMessage: takesIt });
    const client = createDialogueClient({ url: server.url, WebSocket, auth: { ...identity, name } });
    client.join("chat").catch(() => {});
    const peer = await server.connection();
    const join = await peer.frame(2);
    client.close();
    server.close();
    return { peer, join, offered: peer.offered };
  }

  test("goes with the handshake: HELLO, and JOIN for rooms that were joined in time", async () => {
    const { peer, join, offered } = await greeted(true);
    expect(join[5]).toBe("chat");
    expect(peer.messages).toHaveLength(1);
    expect(JSON.parse(peer.messages[0]!.split("\n")[0]!)[4]).toMatchObject({ identity });
    expect(offered[2]).toMatch(/^[\w!~*'.%-]+$/);
  });

  test("is sent after HELLO if the server did not take it from the handshake", async () => {
    const { peer, join } = await greeted(false);
    expect(join[5]).toBe("chat");
    expect(peer.messages).toHaveLength(1);
  });

  test.each([
    ["where proxies may refuse so much", "n".repeat(2000)],
    ["with what is no token of HTTP", "Ann (A.)"],
  ])("is not offered %s", async (_, name) => {
    const { peer, offered } = await greeted(true, name);
    expect(offered).toEqual(["dialogue.v1"]);
    expect(peer.messages).toHaveLength(1);
  });
});

test("what is sent before a pipe opens belongs to the connection before: the first message begins with HELLO", async () => {
  const opened: string[] = [];
  class Recorded {
    onopen?: () => void;
    onclose?: () => void;
    readonly protocol = "dialogue.v1.with";
    readonly send = vi.fn();
    constructor(_: string, [, , message]: string[]) {
      opened.push(decodeURIComponent(message!));
    }
    close() {}
  }
  const socket = new Socket({ url: "ws://host", WebSocket: Recorded as never }, ["websocket"], {
    opening: () => socket.send("HELLO"),
    received() {},
    lost: (...args) => expect.unreachable(`${args}`),
    wasCut() {},
    loadOpener: () => new Promise(() => {}),
  });
  socket.send("[20,1]"); // no connection is being opened
  const opening = socket.open();
  socket.send("[20,2]"); // one is, and its token function may still be thinking
  await opening;
  socket.send("JOIN");
  (socket.pipe as unknown as Recorded).onopen!();
  await eventually(() => expect((socket.pipe as unknown as Recorded).send.mock.calls).toEqual([["JOIN"]]));
  expect(opened).toEqual(["HELLO"]);
});
