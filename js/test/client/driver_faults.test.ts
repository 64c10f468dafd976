// Handlers that throw, servers that send what they may not, and the end of a client.
import { describe, expect, test, vi } from "vitest";
import { eventually } from "../support/eventually.js";
import { eventFrame, member, nextError, scripted, server } from "../support/member.js";

scripted();

describe("what goes wrong", () => {
  test("a handler that throws is reported to the platform and stops no other handler", async () => {
    const shown = vi.spyOn(console, "error").mockImplementation(() => {});
    const { client, peer, room } = await member();
    const received: number[] = [];
    room.on("message", () => {
      throw new Error("mine");
    });
    room.on("message", (message) => received.push(message.seq));
    client.on("error", () => {
      throw new Error("worse");
    });
    peer.say(eventFrame(1, { text: "a" }), eventFrame(3, { text: "b" }));
    await eventually(() => expect(received).toEqual([1, 3]));
    expect(shown.mock.calls.map(([error]) => error.message)).toEqual(["mine", "worse", "mine"]);
    shown.mockRestore();
  });

  test("an error without a handler is reported to the platform", async () => {
    const shown = vi.spyOn(console, "error").mockImplementation(() => {});
    const { peer } = await member();
    peer.say(eventFrame(3, { text: "a" }));
    await eventually(() => expect(shown).toHaveBeenCalledOnce());
    expect(shown.mock.calls[0]![0]).toMatchObject({ code: "events_missed", message: "Events were missed: 1 to 2" });
    shown.mockRestore();
  });

  test("F-F14 a handler may trigger, join and leave", async () => {
    const { client, peer, room } = await member();
    const received: number[] = [];
    let joining: Promise<unknown> | undefined;
    let leaving: Promise<void> | undefined;
    room.on("message", (message) => {
      received.push(message.seq);
      if (message.data.text === "trigger") void room.trigger("message", { text: "pong" }).catch(() => {});
      if (message.data.text === "join") joining = client.join("game-7");
      if (message.data.text === "leave") leaving = room.leave();
    });
    peer.say(eventFrame(1, { text: "trigger" }));
    expect((await peer.frame(4))[5]).toEqual({ text: "pong" });
    peer.say(eventFrame(2, { text: "join" }), eventFrame(3, { text: "leave" }));
    const join = await peer.frame(2);
    expect(join[5]).toBe("game-7");
    peer.say([38, 7, 1, 99, 4, 1, 0]); // LEAVE follows the answer to what was published before
    const leave = await peer.frame(3);
    peer.say([34, join[1], 8, 99, 1, 0, 1, { roomId: "game-7", name: "Game", clock: 1, members: [] }], [35, leave[1], 7, 0]);
    expect(await joining).toMatchObject({ id: "game-7", joined: true });
    await leaving;
    expect(room.joined).toBe(false);
    expect(received).toEqual([1, 2, 3]);
    expect(client.state).toBe("connected");
  });

  test.each<[string, string | Buffer, string]>([
    ["no JSON", "nonsense", "frame_malformed"],
    ["no array", "{}", "frame_malformed"],
    ["an empty line", "", "frame_malformed"],
    ["an unknown frame", "[99]", "frame_malformed"],
    ["a number too large", "[44,9007199254740992]", "frame_malformed"],
    ["a negative number", "[44,-1]", "frame_malformed"],
    ["a string for a number", '[44,"1"]', "frame_malformed"],
    ["an event without a number", '[36,7,99,1,0,"bob",0,1]', "frame_malformed"],
    ["members that are none", '[43,7,2,{"joined":5}]', "frame_malformed"],
    ["no members at all", "[43,7,2,null]", "frame_malformed"],
    ["a flood of empty lines", "\n".repeat(1_000_000), "batch_too_large"],
    ["a binary message", Buffer.from("[44,1]"), "binary_unsupported"],
  ])("R-97 %s is told, and the connection made anew", async (_, message, code) => {
    const { client, peer } = await member();
    const error = nextError(client);
    peer.socket.send(message);
    expect(await error).toMatchObject({ code });
    const second = await server.connection();
    await second.welcome();
    await second.join();
    await eventually(() => expect(client.state).toBe("connected"));
  });

  test("R-97 a message over 16 MiB is refused", async () => {
    const { client, peer } = await member();
    const error = nextError(client);
    peer.socket.send(`[44,1]${" ".repeat(16 * 1024 * 1024)}`);
    expect(await error).toMatchObject({ code: "frame_too_large" });
  });

  test("R-64 unread events that are not in the log take credit back until there is none", async () => {
    const { peer, room } = await member();
    const iterator = room.events("message");
    for (let i = 0; i < 600; ++i) peer.say(eventFrame(0, { text: "x" }));
    for (const credit of [512, 256, 0]) expect(await peer.frame(9)).toEqual([9, 7, credit]);
    await iterator.return!();
    expect(await peer.frame(9)).toEqual([9, 7, Number.MAX_SAFE_INTEGER]);
  });

  test("P-12 close settles every promise", async () => {
    const { client, peer, room } = await member();
    const trigger = room.trigger("message", { text: "x" });
    const listing = client.listRooms();
    await peer.frame(8);
    client.close();
    await expect(trigger).rejects.toMatchObject({ code: "closed" });
    await expect(listing).rejects.toMatchObject({ code: "closed" });
    expect(await peer.closed).toBe(1000);
    expect(room.joined).toBe(false);
  });
});
