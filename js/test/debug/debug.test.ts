// `debug`: what the client hears, sends and decides, readable, and only where it is asked for; and the definitions that
// have changed under a page.
import { afterEach, describe, expect, test, vi } from "vitest";
import { app } from "../support/app.js";
import { eventually } from "../support/eventually.js";
import { connect, connectPlain, eventFrame, member, scripted, server } from "../support/member.js";

scripted();
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

/** A member that prints into a list. */
async function printing(options: object = {}) {
  const lines: string[] = [];
  const found = (pattern: RegExp) => eventually(() => expect(lines.join("\n")).toMatch(pattern));
  return { ...(await member({ debug: (line: string) => lines.push(line), ...options })), lines, found };
}

/** What a browser's localStorage would say. */
const stored = (value: string | null) => {
  vi.stubGlobal("document", { visibilityState: "visible", addEventListener() {}, removeEventListener() {} });
  vi.stubGlobal("localStorage", { "dialogue:debug": value });
};

describe("F-C34 debug", () => {
  test("F-C34 prints the steps of connecting and joining, with the time", async () => {
    const { lines } = await printing();
    const text = lines.join("\n");
    expect(text).toMatch(/^\+\d+ ms connecting to ws:\/\/127\.0\.0\.1:\d+\/dialogue$/m);
    expect(text).toMatch(/^\+\d+ ms → HELLO definitions b88c379379e08$/m);
    expect(text).toMatch(/^\+\d+ ms → JOIN "chat" from now on$/m);
    expect(text).toMatch(/^\+\d+ ms ← WELCOME ann$/m);
    expect(text).toMatch(/^\+\d+ ms transport websocket \(preferred\)$/m);
    expect(text).toMatch(/^\+\d+ ms state connected$/m);
    expect(text).toMatch(/^\+\d+ ms ← JOINED "chat" at 0$/m);
  });

  test("F-C34 prints events, publications and their answers by the names of rooms and events", async () => {
    const { room, peer, lines, found } = await printing();
    peer.say(eventFrame(1, { text: "Hi" }));
    const sent = room.trigger("message", { text: "Hello" });
    const [, , , number] = await peer.frame(4);
    peer.say([38, 7, number, 99, 2, 1000, 0]);
    await sent;
    await found(/← EVENT "message" 1 in "chat" from bob/);
    await found(/→ PUBLISH "message" in "chat"/);
    await found(/← ACK "chat" 2/);
    expect(lines.join("\n")).not.toMatch(/Hello|Hi/); // what people say stays out of the console
  });

  test("F-C34 prints what the client refuses by itself, with the code and the place", async () => {
    const { room, found } = await printing();
    await expect(room.trigger("message", { text: "" })).rejects.toThrow();
    await found(/trigger "message" in "chat": too_short \$\.text is shorter than 1 character\(s\)/);
  });

  test("F-C34 prints why a connection was lost and when the next attempt is", async () => {
    const { peer, found } = await printing();
    peer.socket.close(1012, "restart");
    await found(/closed \(1012\)/);
    await found(/connect_error closed: The connection was closed \(1012\); attempt 2 in \d+\.\d s/);
    await found(/state reconnecting \(closed\)/);
  });

  test("F-C34 prints errors, waits and refusals", async () => {
    const { client, peer, found } = await printing();
    const joining = client.join("game-1");
    const [, request] = await peer.frame(2);
    peer.say([42, request, 64, { message: "The room is full." }]);
    await expect(joining).rejects.toMatchObject({ code: "room_full" });
    await found(/← REPLY room_full The room is full\./);
    client.on("error", () => {});
    peer.say([41, 7, 3, 5, 0], eventFrame(6, { text: "late" }));
    await found(/← GAP "chat" 3 to 5/);
  });

  test("F-C34 never prints a token, nor what a session is resumed with", async () => {
    const lines: string[] = [];
    const client = connect({ auth: { token: "secret-token" }, debug: (line) => lines.push(line) });
    const joining = client.join("chat", { token: () => "secret-room-token" });
    const peer = await server.connection();
    await peer.welcome({ resume: "secret-resume" });
    await peer.join();
    await joining;
    expect(lines.join("\n")).toMatch(/JOINED/);
    expect(lines.join("\n")).not.toMatch(/secret/);
  });

  test("F-C34 true prints on the console, and errors without a handler are still reported", async () => {
    const log = vi.spyOn(console, "log").mockImplementation(() => {});
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const client = connect({ url: "ws://127.0.0.1:1", debug: true });
    await eventually(() => expect(warn).toHaveBeenCalledOnce());
    expect(log.mock.calls.map(([line]) => line).join("\n")).toMatch(/^dialogue \+\d+ ms connect_error unreachable: /m);
    client.close();
  });

  test("F-C34 localStorage enables it in a page, and the option takes precedence", async () => {
    const log = vi.spyOn(console, "log").mockImplementation(() => {});
    stored(null);
    await member();
    stored("1");
    await member({ debug: false });
    expect(log).not.toHaveBeenCalled();
    // What is stored is read once the socket opens, and the client connects again to print: the first connection may have
    // come as far as WELCOME.
    const joining = connect().join("chat");
    const isPrinted = () => /JOINED "chat"/.test(log.mock.calls.join("\n"));
    while (!isPrinted()) {
      const peer = await server.connection();
      const served = peer.welcome().then(() => peer.join({ members: [{ userId: "ann" }] }));
      await Promise.race([peer.closed, served.then(() => vi.waitUntil(isPrinted, { timeout: 55_000 }))]);
    }
    await joining;
  });

  test("F-C34 a page that may not use localStorage runs without it", async () => {
    stored(null);
    const refused = () => {
      throw new DOMException("blocked", "SecurityError");
    };
    Object.defineProperty(globalThis, "localStorage", { configurable: true, get: refused });
    expect((await member()).client.state).toBe("connected");
  });
});

describe("F-C34 definitions", () => {
  // The same bytes with another fingerprint, as the server of tomorrow has them.
  const other = btoa(atob(app.catalogue).replace(/^(.{8})./s, "$1\u0001"));

  test("F-C34 a page whose definitions are not the server's hears of it, once for each change", async () => {
    const client = connect();
    const told: unknown[] = [];
    client.on("definitions", (change) => told.push(change));
    const peer = await server.connection();
    const [, , , fingerprint] = await peer.frame(1);
    peer.say([33, 1, 0, 0x1234, 25_000, Date.now(), 1, { userId: "ann", catalogue: other }]);
    await eventually(() => expect(told).toEqual([{ page: app.fingerprint, server: "0000000001234" }]));
    expect(fingerprint.toString(16).padStart(13, "0")).toBe(app.fingerprint);
    peer.socket.terminate();
    await (await server.connection()).welcome();
    await eventually(() => expect(client.state).toBe("connected"));
    expect(told).toHaveLength(1);
  });

  test("F-C34 a page without definitions of its own takes the server's, and hears nothing", async () => {
    const client = connectPlain();
    const told = vi.fn();
    client.on("definitions", told);
    const peer = await server.connection();
    await peer.welcome({ catalogue: app.catalogue });
    await eventually(() => expect(client.state).toBe("connected"));
    expect(told).not.toHaveBeenCalled();
  });
});
