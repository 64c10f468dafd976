// A room that ended by itself stays the room of its id, with its handlers, for the next join.
import { describe, expect, test } from "vitest";
import { eventually } from "../support/eventually.js";
import { connect, eventFrame, member, scripted, server } from "../support/member.js";

scripted();

/** The server refuses the client for good, which connects again. */
async function endAndConnect({ client, peer }: Awaited<ReturnType<typeof member>>) {
  client.on("error", () => {});
  peer.say([45, 58, 0, { message: "The token was not accepted: it is old" }]);
  peer.socket.close(4508);
  await eventually(() => expect(client.state).toBe("closed"));
  await Promise.resolve();
  client.connect();
  const next = await server.connection();
  await next.welcome();
  return next;
}

describe("F-R03 a room from client.join()", () => {
  test("lives again after the end and connect(), with its handlers", async () => {
    const made = await member();
    const { client, room } = made;
    const texts: string[] = [];
    room.on("message", ({ data }) => texts.push(data.text));
    const next = await endAndConnect(made);
    expect(room.state).toBe("refused");
    const joining = client.join("chat");
    await next.join();
    expect(await joining).toBe(room);
    expect(client.room("chat")).toBe(room);
    next.say(eventFrame(1, { text: "again" }));
    await eventually(() => expect(texts).toEqual(["again"]));
    const triggered = room.trigger("message", { text: "mine" });
    await next.frame(4);
    next.say([38, 7, 1, 99, 2, 1, 0]);
    await expect(triggered).resolves.toMatchObject({ seq: 2 });
  });

  test("is the same object if it has no handler", async () => {
    const made = await member();
    const next = await endAndConnect(made);
    const joining = made.client.join("chat");
    await next.join();
    expect(await joining).toBe(made.room);
  });

  test("is the same object after the server has ended the membership alone, and after a refused join", async () => {
    const { client, peer, room } = await member();
    client.on("error", () => {});
    peer.say([35, 0, 7, 61]);
    await eventually(() => expect(room.state).toBe("refused"));
    await Promise.resolve();
    const refused = client.join("chat");
    const [, request] = await peer.frame(2);
    peer.say([42, request, 61, { message: "no" }]);
    await expect(refused).rejects.toMatchObject({ code: "forbidden" });
    await Promise.resolve();
    const joining = client.join("chat");
    await peer.join();
    expect(await joining).toBe(room);
  });

  test("is forgotten when it is left, also after it has ended", async () => {
    const { client, peer, room } = await member();
    room.on("message", () => {});
    client.on("error", () => {});
    peer.say([35, 0, 7, 61]);
    await eventually(() => expect(room.state).toBe("refused"));
    await room.leave();
    expect(client.room("chat")).not.toBe(room);
  });
});

test("F-R03 a room of a join that was refused at first is forgotten", async () => {
  const client = connect();
  const joining = client.join("chat");
  const peer = await server.connection();
  await peer.welcome();
  const [, request] = await peer.frame(2);
  peer.say([42, request, 61, { message: "no" }]);
  await expect(joining).rejects.toMatchObject({ code: "forbidden" });
  const again = client.join("chat");
  await peer.join();
  expect((await again).state).toBe("joined");
});
