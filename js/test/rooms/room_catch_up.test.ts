// What was missed: recovered or told, and how far the server may go on while nobody reads.
import { describe, expect, test } from "vitest";
import type { Position } from "../../src/index.js";
import { eventually } from "../support/eventually.js";
import { connect, eventFrame, member, nextError, scripted, server } from "../support/member.js";
import type { Peer } from "../support/scripted_server.js";

scripted();

/** Answers the next JOIN with these facts. Resolves with the JOIN. */
async function joined(peer: Peer, epoch: number, base: number, head: number, reason?: string) {
  const join = await peer.frame(2);
  peer.say([34, join[1], 7, epoch, base, head, reason ? 0 : 1, { roomId: "chat", name: "Chat", members: [], reason }]);
  return join;
}

/** The connection breaks; the next one is welcomed. */
async function reconnected(peer: Peer): Promise<Peer> {
  peer.socket.terminate();
  const next = await server.connection();
  await next.welcome();
  return next;
}

describe("catching up", () => {
  test("R-100 a saved position continues after a reload, and missed events precede new ones", async () => {
    const { client, peer, room } = await member();
    peer.say(eventFrame(1, { text: "a" }));
    await eventually(() => expect(room.position.seq).toBe(1));
    const saved = JSON.stringify(room.position);
    client.close();
    const joining = connect().join("chat", { from: { since: JSON.parse(saved) as Position } });
    const second = await server.connection();
    await second.welcome();
    expect((await joined(second, 99, 1, 3)).slice(2, 5)).toEqual([2, 99, 1]);
    second.say(eventFrame(2, { text: "b" }), [37, 7, 3, 3], eventFrame(4, { text: "c" }));
    const again = await joining;
    const seen: number[] = [];
    again.on("message", ({ seq }) => seen.push(seq));
    await eventually(() => expect(seen).toEqual([2, 4]));
    expect(again).toMatchObject({ recovered: true, recoveredReason: undefined });
  });

  test("R-101 reconnecting twice repeats nothing and loses nothing", async () => {
    const { peer, room } = await member();
    const seen: number[] = [];
    room.on("message", ({ seq }) => seen.push(seq));
    peer.say(eventFrame(1, { text: "a" }));
    await eventually(() => expect(seen).toHaveLength(1));
    const second = await reconnected(peer);
    expect((await joined(second, 99, 1, 3)).slice(2, 5)).toEqual([2, 99, 1]);
    second.say(eventFrame(2, { text: "b" }));
    await eventually(() => expect(seen).toHaveLength(2));
    const third = await reconnected(second);
    expect((await joined(third, 99, 1, 3)).slice(2, 5)).toEqual([2, 99, 2]);
    third.say(eventFrame(2, { text: "b" }), eventFrame(3, { text: "c" }));
    await eventually(() => expect(seen).toEqual([1, 2, 3]));
    expect(room.recovered).toBe(true);
  });

  test.each([
    ["epoch_changed", 98, 1, 3, "Events were missed: all so far (epoch_changed)"],
    ["trimmed", 99, 5, 9, "Events were missed: 1 to 4 (trimmed)"],
    ["ahead", 99, 1, 0, "Events were missed: all so far (ahead)"],
    ["forbidden", 99, 6, 5, "Events were missed: 1 to 5 (forbidden)"],
  ])("R-99 %s is told before any new message", async (reason, epoch, base, head, message) => {
    const { client, peer, room } = await member();
    if (reason === "ahead") peer.say(eventFrame(1, { text: "a" }));
    if (reason === "ahead") await eventually(() => expect(room.position.seq).toBe(1));
    const told: unknown[] = [];
    client.on("error", (error) => told.push([error.code, error.message, error.roomId, room.recovered]));
    room.on("message", ({ seq }) => told.push(seq));
    const second = await reconnected(peer);
    await joined(second, epoch, base, head, reason);
    second.say(eventFrame(head + 1, { text: "new" }));
    await eventually(() => expect(told.at(-1)).toBe(head + 1));
    expect(told[0]).toEqual(["events_missed", message, "chat", false]);
    expect(room).toMatchObject({ recovered: false, recoveredReason: reason });
  });

  test("R-98 an incomplete JOINED loses nothing silently, and the connection is replaced", async () => {
    const { client, peer, room } = await member();
    const codes: string[] = [];
    client.on("error", ({ code }) => codes.push(code));
    const second = await reconnected(peer);
    const [, request] = await second.frame(2);
    second.say([34, request, 7, 98, 5, 9, 0, null]);
    const third = await server.connection();
    await third.welcome();
    expect((await joined(third, 98, 5, 9)).slice(2, 5)).toEqual([2, 98, 4]);
    await eventually(() => expect(room.recovered).toBe(true));
    expect(codes).toContain("events_missed");
    expect(codes).toContain("frame_malformed");
  });

  test("R-98 GAP is reported with its range and reason", async () => {
    const { client, peer, room } = await member();
    const error = nextError(client);
    peer.say([41, 7, 1, 20, 81], eventFrame(21, { text: "new" }));
    expect(await error).toMatchObject({
      code: "events_missed",
      message: "Events were missed: 1 to 20 (history_trimmed)",
      roomId: "chat",
    });
    expect(room).toMatchObject({ recovered: false, recoveredReason: "trimmed" });
    await eventually(() => expect(room.position.seq).toBe(21));
  });

  test("the session is resumed with what WELCOME gave, and never after close", async () => {
    const client = connect();
    const peer = await server.connection();
    expect((await peer.welcome({ resume: "secret" }))[4]).not.toHaveProperty("resume");
    await eventually(() => expect(client.state).toBe("connected"));
    peer.socket.terminate();
    const second = await server.connection();
    expect((await second.welcome({ resume: "other" }))[4].resume).toBe("secret");
    await eventually(() => expect(client.state).toBe("connected"));
    second.socket.terminate();
    const third = await server.connection();
    expect((await third.welcome())[4].resume).toBe("other");
    await eventually(() => expect(client.state).toBe("connected"));
    third.socket.terminate();
    expect((await (await server.connection()).welcome())[4]).not.toHaveProperty("resume");
  });
});

describe("credit", () => {
  test("R-64 an iterator that is not read stops the server at the window, and nothing is lost", async () => {
    const { peer, room } = await member();
    const iterator = room.events("message");
    expect(await peer.frame(9)).toEqual([9, 7, 512]);
    for (let seq = 1; seq <= 512; ++seq) peer.say(eventFrame(seq, { text: "x" }));
    await eventually(() => expect(room.position.seq).toBe(512));
    for (let seq = 1; seq <= 256; ++seq) expect((await iterator.next()).value.seq).toBe(seq);
    expect(await peer.frame(9)).toEqual([9, 7, 768]);
    for (let seq = 513; seq <= 768; ++seq) peer.say(eventFrame(seq, { text: "x" }));
    for (let seq = 257; seq <= 768; ++seq) expect((await iterator.next()).value.seq).toBe(seq);
    expect(await peer.frame(9)).toEqual([9, 7, 1024]);
    expect(await peer.frame(9)).toEqual([9, 7, 1280]);
    await iterator.return!();
    expect(await peer.frame(9)).toEqual([9, 7, Number.MAX_SAFE_INTEGER]);
  });

  test("the slowest of the iterators counts, and handlers get what arrives in any case", async () => {
    const { peer, room } = await member();
    const slow = room.events("message");
    const fast = room.events("message");
    let handled = 0;
    room.on("message", () => ++handled);
    const reading = (async () => {
      for await (const { seq } of fast) if (seq === 300) break;
    })();
    expect(await peer.frame(9)).toEqual([9, 7, 512]);
    for (let seq = 1; seq <= 300; ++seq) peer.say(eventFrame(seq, { text: "x" }));
    await reading;
    expect(handled).toBe(300);
    expect(peer.messages.filter((text) => text.startsWith("[9,"))).toHaveLength(1);
    await slow.return!();
    expect(await peer.frame(9)).toEqual([9, 7, Number.MAX_SAFE_INTEGER]);
  });

  test("credit is sent again after a reconnection", async () => {
    const { peer, room } = await member();
    const iterator = room.events("message");
    await peer.frame(9);
    const second = await reconnected(peer);
    await joined(second, 99, 1, 0);
    expect(await second.frame(9)).toEqual([9, 7, 512]);
    await iterator.return!();
  });

  test("a room that is left ends its iterators, and joined again it has no bound", async () => {
    const { client, peer, room } = await member();
    const iterator = room.events("message");
    await peer.frame(9);
    const leaving = room.leave();
    const [, request] = await peer.frame(3);
    peer.say([35, request, 7, 0]);
    await leaving;
    expect(await iterator.next()).toEqual({ value: undefined, done: true });
    const again = client.join("chat");
    await joined(peer, 99, 1, 0);
    await again;
    expect(peer.messages.filter((text) => text.startsWith("[9,"))).toHaveLength(1);
  });
});
