// Publications, from the check before they leave to the one answer, against a server that says what the test wants.
import { describe, expect, test } from "vitest";
import { DialogueError } from "../../src/index.js";
import { app } from "../support/app.js";
import { connect, connectPlain, member, scripted, server } from "../support/member.js";

const inFlightMax = 64; // unanswered publications of a client in a room: docs/protocol.md

scripted();

describe("trigger", () => {
  test("sends the validated payload and resolves with the position", async () => {
    const { client, peer, room } = await member();
    const receipt = room.trigger("message", { text: "Grüße \u{1F600}" });
    expect(client.pending).toBe(1);
    expect(await peer.frame(4)).toEqual([4, 7, 2, 1, 0, { text: "Grüße \u{1F600}" }]);
    peer.say([38, 7, 1, 99, 12, 1234, 0]);
    expect(await receipt).toEqual({ seq: 12, epoch: 99, timestamp: 1234, duplicate: false });
    expect(client.pending).toBe(0);
  });

  test("before leave() goes out, also if it is the page's first and the validator is not loaded", async () => {
    const { client, peer, room } = await member();
    const receipts = ["a", "b"].map((text) => room.trigger("message", { text }));
    const leaving = room.leave();
    const late = room.trigger("message", { text: "c" }).catch(({ code }) => code);
    expect(room.state).toBe("leaving");
    for (const number of [1, 2]) expect((await peer.frame(4))[3]).toBe(number);
    peer.say([38, 7, 1, 99, 1, 1234, 0], [38, 7, 2, 99, 2, 1234, 0]);
    await Promise.all(receipts);
    const leave = await peer.frame(3);
    peer.say([35, leave[1], 7, 0]);
    await leaving;
    expect(await late).toBe("not_joined");
    expect([client.pending, room.state]).toEqual([0, "idle"]);
  });

  test("F-U-M13 deletes a key, and gets such a message with its mark", async () => {
    const { peer, room } = await member();
    const heard: unknown[] = [];
    room.on("message", ({ data, deleted }) => heard.push([data, deleted]));
    const receipt = room.trigger("message", { text: "a" }, { delete: true });
    expect(await peer.frame(4)).toEqual([4, 7, 2, 1, { first: 0, resent: 0, delete: 1 }, { text: "a" }]);
    peer.say([38, 7, 1, 99, 1, 1234, 0]);
    await receipt;
    peer.say([36, 7, 2, 1, 1234, "ann", { deleted: 1 }, { text: "a" }], [36, 7, 2, 2, 1235, "ann", 0, { text: "b" }]);
    await expect
      .poll(() => heard)
      .toEqual([
        [{ text: "a" }, true],
        [{ text: "b" }, undefined],
      ]);
  });

  test.each([
    [{ text: "" }, "too_short", "$.text", "$.text is shorter than 1 character(s)"],
    [{ text: 5 }, "wrong_type", "$.text", "$.text expected string"],
    [{}, "required_missing", "$", "$ lacks the required property text"],
    [{ text: "a", more: 1 }, "property_unknown", "$.more", "$.more is not a declared property"],
    [undefined, "wrong_type", "$", "$ expected object"],
    [1n, "json_syntax", "$", "$ cannot be sent as JSON: Do not know how to serialize a BigInt"],
    [() => 1, "json_syntax", "$", "$ cannot be sent as JSON: it has no form there"],
    [{ text: "\ud800" }, "json_utf8", "$.text", "$.text is not valid UTF-8 or has a lone surrogate"],
  ])("refuses %o before it leaves: %s at %s", async (data, code, path, message) => {
    const { peer, room } = await member();
    const error = await room.trigger("message", data as any).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(DialogueError);
    expect(error).toMatchObject({ code, path, message });
    expect(peer.messages.some((text) => text.startsWith("[4,"))).toBe(false);
  });

  test("refuses what is larger than the server takes", async () => {
    const client = connect();
    const joining = client.join("game-1");
    const peer = await server.connection();
    await peer.welcome({ limits: { messageBytes: 1500 } });
    await peer.join();
    const room = await joining;
    for (const data of ["x".repeat(2000), "\u00e9".repeat(600)])
      await expect(room.trigger("game.move", data)).rejects.toMatchObject({ code: "payload_too_large" });
    void room.trigger("game.move", "x".repeat(800)).catch(() => {});
    expect((await peer.frame(4))[5]).toHaveLength(800);
  });

  test("refuses an event that the definitions do not have", async () => {
    const { room } = await member();
    await expect((room as any).trigger("nothing", 1)).rejects.toMatchObject({ code: "event_unknown" });
  });

  test("the server's refusal carries its code, path and message", async () => {
    const { peer, room } = await member();
    const trigger = room.trigger("message", { text: "Hi" });
    await peer.frame(4);
    peer.say([39, 7, 1, 16, 0, { message: "$.text is shorter than 3 character(s)", path: "$.text" }]);
    await expect(trigger).rejects.toMatchObject({
      code: "too_short",
      path: "$.text",
      message: "$.text is shorter than 3 character(s)",
    });
  });

  test("waits through a reconnection with the same number and settles once", async () => {
    const { peer, room } = await member();
    const triggers = [room.trigger("message", { text: "1" }), room.trigger("message", { text: "2" })];
    await peer.frame(4);
    peer.socket.terminate();
    const second = await server.connection();
    await second.welcome();
    await second.join();
    expect((await second.frame(4)).slice(3)).toEqual([1, { first: 0, resent: expect.any(Number) }, { text: "1" }]);
    expect((await second.frame(4)).slice(3)).toEqual([2, { first: 0, resent: expect.any(Number) }, { text: "2" }]);
    second.say([38, 7, 1, 99, 1, 0, 1], [38, 7, 2, 99, 2, 0, 0]);
    expect((await Promise.all(triggers)).map(({ duplicate }) => duplicate)).toEqual([true, false]);
  });

  test("a changed catalogue changes the numbers of what waits", async () => {
    const client = connectPlain();
    const joining = client.join("chat");
    const peer = await server.connection();
    await peer.welcome({ catalogue: app.catalogue });
    await peer.join();
    const trigger = (await joining).trigger("message", { text: "1" });
    expect((await peer.frame(4))[2]).toBe(2);
    peer.socket.terminate();
    const second = await server.connection();
    await second.welcome({ catalogue: app.catalogue });
    await second.join();
    expect((await second.frame(4))[2]).toBe(2);
    second.say([38, 7, 1, 99, 1, 0, 0]);
    await trigger;
  });

  test("a signal ends the wait: before sending nothing is sent, afterwards the answer is ignored", async () => {
    const { client, peer, room } = await member();
    await expect(room.trigger("message", { text: "0" }, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: "AbortError",
    });
    const sent = new AbortController();
    const first = room.trigger("message", { text: "1" }, { signal: sent.signal });
    await peer.frame(4);
    sent.abort();
    await expect(first).rejects.toMatchObject({ name: "AbortError" });
    expect(client.pending).toBe(1);
    const fill = Array.from({ length: inFlightMax - 1 }, () => room.trigger("message", { text: "2" }));
    const waiting = new AbortController();
    const last = room.trigger("message", { text: "3" }, { signal: waiting.signal });
    expect(client.pending).toBe(inFlightMax + 1);
    waiting.abort();
    await expect(last).rejects.toMatchObject({ name: "AbortError" });
    expect(client.pending).toBe(inFlightMax);
    for (let i = 1; i <= inFlightMax; ++i) peer.say([38, 7, i, 99, i, 0, 0]);
    await Promise.all(fill);
    expect(client.pending).toBe(0);
  });

  test("more than 1000 waiting events are refused", async () => {
    const { room } = await member();
    const triggers = Array.from({ length: 1001 }, () => room.trigger("message", { text: "x" }));
    for (const trigger of triggers.slice(0, -1)) trigger.catch(() => {});
    await expect(triggers.at(-1)).rejects.toMatchObject({
      code: "outbox_full",
      message: "More than 1000 events are queued.",
    });
  });

  test("more than 8 MiB of waiting events are refused", async () => {
    const client = connect();
    const joining = client.join("game-1");
    const peer = await server.connection();
    await peer.welcome();
    await peer.join();
    const room = await joining;
    const large = "x".repeat(60 * 1024);
    const triggers = Array.from({ length: 137 }, () => room.trigger("game.move", large));
    for (const trigger of triggers.slice(0, -1)) trigger.catch(() => {});
    await expect(triggers.at(-1)).rejects.toMatchObject({
      code: "outbox_full",
      message: "More than 8388608 bytes of events are queued.",
    });
    expect(client.pending).toBe(136);
  });

  test("unnumbered publications are ordered by priority", async () => {
    const { peer, room } = await member();
    const publish = (text: string, priority?: "high" | "normal" | "low") =>
      void room.trigger("message", { text }, priority ? { priority } : {}).catch(() => {});
    for (let i = 0; i < inFlightMax; ++i) publish("sent");
    publish("3", "low");
    publish("2");
    publish("1", "high");
    for (let i = 1; i <= inFlightMax; ++i) expect((await peer.frame(4))[5].text).toBe("sent");
    for (let i = 1; i <= 3; ++i) {
      peer.say([38, 7, i, 99, i, 0, 0]);
      expect((await peer.frame(4)).slice(3)).toEqual([inFlightMax + i, 0, { text: `${i}` }]);
    }
  });

  test("pending reports the number of waiting events, once per turn of the event loop", async () => {
    const { client, peer, room } = await member();
    const told: number[] = [];
    client.on("pending", (count) => told.push(count));
    const triggers = Array.from({ length: 3 }, () => room.trigger("message", { text: "x" }));
    expect(told).toEqual([]);
    for (let i = 0; i < 3; ++i) await peer.frame(4);
    expect(told).toEqual([3, 3]); // when they began to wait, and once the validator was there
    peer.say([38, 7, 1, 99, 1, 0, 0], [38, 7, 2, 99, 2, 0, 0]);
    await Promise.all(triggers.slice(0, 2));
    await room.trigger("message", { text: "" }).catch(() => {});
    expect(told.at(-1)).toBe(1);
    expect(client.pending).toBe(1);
    client.close();
    await expect(triggers[2]).rejects.toMatchObject({ code: "closed" });
    expect(told.at(-1)).toBe(0);
  });

  test("frames of one turn share messages of at most 16", async () => {
    const { peer, room } = await member();
    for (let i = 0; i < 20; ++i) void room.trigger("message", { text: `${i}` }).catch(() => {});
    for (let i = 0; i < 20; ++i) expect((await peer.frame(4))[5].text).toBe(`${i}`);
    const publications = peer.messages.filter((text) => text.startsWith("[4,"));
    expect(publications.map((text) => text.split("\n").length)).toEqual([16, 4]);
  });
});

test("F-J18 events that are triggered over leave() and join() keep their order", async () => {
  const { peer, room } = await member();
  const before = room.trigger("message", { text: "0" }); // opens the validator
  await peer.frame(4);
  peer.say([38, 7, 1, 99, 1, 1, 0]);
  await before;
  void room.leave();
  const { leaving } = room as unknown as { leaving: Promise<void> };
  const joining = room.join();
  const first = room.trigger("message", { text: "1" });
  const leave = await peer.frame(3);
  peer.say([35, leave[1], 7, 0]);
  await leaving; // and no turn more
  const second = room.trigger("message", { text: "2" });
  await peer.join();
  await joining;
  expect([(await peer.frame(4))[5], (await peer.frame(4))[5]]).toEqual([{ text: "1" }, { text: "2" }]);
  peer.say([38, 7, 2, 99, 2, 1, 0], [38, 7, 3, 99, 3, 2, 0]);
  await Promise.all([first, second]);
});
