// Sessions: a client that starts again after its end has another core, and nothing of the one before meets it.
import { afterEach, describe, expect, test, vi } from "vitest";
import { type DialogueClient, type Room, SignedOut } from "../../src/index.js";
import { eventually } from "../support/eventually.js";
import { connect, connectPlain, eventFrame, member, nextError, scripted, server } from "../support/member.js";
import type { Peer } from "../support/scripted_server.js";

scripted();
afterEach(() => vi.useRealTimers());

const rateLimited = 75;
const tokenExpired = 57;
const tokenInvalid = 58;

/** The server refuses the client for good. */
async function end(client: DialogueClient<any, any>, peer: Peer): Promise<void> {
  client.on("error", () => {});
  const closed = new Promise((resolve) => client.on("state", (state) => state === "closed" && resolve(0)));
  peer.say([45, tokenInvalid, 0, { message: "The token was not accepted: it is old" }]);
  peer.socket.close(4508);
  await closed;
}

/** And the client connects again. */
async function startAgain(client: DialogueClient<any, any>, peer: Peer, facts?: object): Promise<Peer> {
  await end(client, peer);
  client.connect();
  const next = await server.connection();
  await next.welcome(facts);
  return next;
}

/** Timers fire when the test says so; sockets and promises go on. */
const holdTimers = () => vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });

/** Resolved once more than so many timers wait. */
async function timersAbove(count: number): Promise<void> {
  while (vi.getTimerCount() <= count) await new Promise(setImmediate);
}

const limited = (request: number) => [42, request, rateLimited, { message: "Later.", retryAfterMs: 2000 }];

describe("F-J9 what waits in a session that is over", () => {
  test("a slow loop over the history rejects with the reason, and takes no answer of the next session", async () => {
    const { client, peer, room } = await member();
    const loop = room.history({ limit: Infinity });
    const first = loop.next();
    const event = [2, 1, 1001, "bob", { text: "1" }];
    peer.say([42, (await peer.frame(7))[1], 0, { epoch: 99, base: 1, head: 9, first: 1, last: 1, events: [event] }]);
    expect((await first).value).toMatchObject({ seq: 1 });
    const next = await startAgain(client, peer);
    const joining = client.join("chat");
    await next.join();
    await joining;
    const rooms = client.listRooms();
    await expect(loop.next()).rejects.toMatchObject({ code: "token_invalid" });
    next.say([42, (await next.frame(8))[1], 0, { rooms: [{ id: "chat" }] }]);
    expect(await rooms).toMatchObject({ rooms: [{ id: "chat" }] });
  });

  test.each<[string, number, (client: any, room: any) => Promise<unknown>]>([
    ["a list", 8, (client) => client.listRooms()],
    ["a question", 12, (client) => client.can("join", "chat")],
    ["a subscription", 5, (_, room) => room.subscribe("message")],
    ["a page of the history", 7, (_, room) => room.history().next()],
  ])("%s that was limited is not repeated in the next one", async (_, type, ask) => {
    const { client, peer, room } = await member();
    const asked = ask(client, room);
    const [, request] = await peer.frame(type);
    holdTimers();
    const ended = expect(asked).rejects.toMatchObject({ code: "token_invalid" });
    peer.say(limited(request));
    await timersAbove(0);
    const next = await startAgain(client, peer);
    await ended;
    const mine = Array.from({ length: 8 }, () => client.listRooms()); // tickets that the session before has not given yet
    const requests: number[] = [];
    while (requests.length < mine.length) requests.push((await next.frame(8))[1]);
    await vi.advanceTimersByTimeAsync(3000);
    for (const each of requests) next.say([42, each, 0, { rooms: [{ id: `${each}` }] }]);
    expect((await Promise.all(mine)).map(({ rooms }) => Number(rooms[0]!.id))).toEqual(requests);
  });

  test("a limited list that was aborted is not asked again", async () => {
    const { client, peer } = await member();
    const controller = new AbortController();
    const asked = client.listRooms({ signal: controller.signal });
    const [, request] = await peer.frame(8);
    holdTimers();
    const before = vi.getTimerCount();
    peer.say(limited(request));
    await timersAbove(before);
    controller.abort("enough");
    await expect(asked).rejects.toBe("enough");
    await vi.advanceTimersByTimeAsync(3000);
    const may = client.can("join", "chat");
    peer.say([42, (await peer.frame(12))[1], 0, { allowed: true }]);
    expect(await may).toBe(true);
    expect(peer.messages.filter((message) => /^\[8,/m.test(message))).toHaveLength(1);
  });
});

describe("F-J14 after a final refusal and connect()", () => {
  test("the position of a room is its last read event, and the next join continues from it", async () => {
    const { client, peer, room } = await member();
    peer.say(eventFrame(1, { text: "a" }), eventFrame(2, { text: "b" }));
    await eventually(() => expect(room.position).toEqual({ epoch: 99, seq: 2 }));
    const next = await startAgain(client, peer);
    expect(room.position).toEqual({ epoch: 99, seq: 2 });
    void room.join({ from: { since: room.position } });
    expect((await next.frame(2)).slice(2, 5)).toEqual([2, 99, 2]);
  });

  test("an event of a client without definitions waits for those of the server", async () => {
    const { catalogue } = (await import("../support/app.js")).app;
    const client = connectPlain();
    client.connect();
    const peer = await server.connection();
    await peer.welcome({ catalogue });
    await eventually(() => expect(client.state).toBe("connected"));
    await end(client, peer);
    client.connect();
    const sent = client.room("chat").trigger("message", { text: "early" });
    void client.join("chat");
    const next = await server.connection();
    await next.welcome({ catalogue });
    await next.join();
    await next.frame(4);
    next.say([38, 7, 1, 99, 1, 1, 0]);
    expect(await sent).toMatchObject({ seq: 1 });
  });

  test("the slots of the session before are asked for", async () => {
    const client = connect();
    client.connect();
    const peer = await server.connection();
    expect((await peer.welcome({ resume: "secret" }))[4].resume).toBeUndefined();
    await eventually(() => expect(client.state).toBe("connected"));
    await end(client, peer);
    client.connect();
    expect((await (await server.connection()).welcome())[4].resume).toBe("secret");
  });
});

describe("F-J15 a token function that still thinks", () => {
  test("is called again after disconnect(), and its late answer signs nothing", async () => {
    const answers: ((token: string) => void)[] = [];
    const token = () => new Promise<string>((resolve) => answers.push(resolve));
    const client = connect({ auth: { token } });
    await eventually(() => expect(answers).toHaveLength(1));
    client.disconnect();
    client.connect();
    await eventually(() => expect(answers).toHaveLength(2));
    answers[0]!("ann");
    await new Promise((resolve) => setTimeout(resolve));
    answers[1]!("bob");
    expect((await (await server.connection()).welcome())[4].token).toBe("bob");
  });

  test("and throws SignedOut late ends no later connection", async () => {
    const rejects: ((error: unknown) => void)[] = [];
    let calls = 0;
    const token = () => (++calls === 1 ? new Promise<string>((_, reject) => rejects.push(reject)) : "mine");
    const { client, peer } = await member();
    const room = client.room("game-1");
    const joining = room.join({ token });
    await eventually(() => expect(calls).toBe(1));
    peer.socket.terminate();
    const next = await server.connection();
    await next.welcome();
    rejects[0]!(new SignedOut());
    const [join] = [await next.frame(2), await next.frame(2)].filter((frame) => frame[5] === "game-1");
    next.say([34, join![1], 8, 99, 1, 0, 1, { roomId: "game-1", name: "Game", clock: 1, members: [] }]);
    await joining;
    expect(client.state).toBe("connected");
  });
});

describe("F-J23 a client that is closed", () => {
  test("ends new loops over events, and rejects what is triggered without definitions", async () => {
    const client = connectPlain();
    client.connect();
    await server.connection();
    client.close();
    const room = client.room("chat");
    await expect(room.trigger("message", 1)).rejects.toMatchObject({ code: "closed" });
    expect(await room.events("message").next()).toMatchObject({ done: true });
  });

  test("by a refusal gives its reason to new loops", async () => {
    const { client, peer, room } = await member();
    await end(client, peer);
    await expect(client.room("game-1").events("game.move").next()).rejects.toMatchObject({ code: "token_invalid" });
    await expect(room.trigger("message", { text: "x" })).rejects.toMatchObject({ code: "token_invalid" });
  });
});

test("F-J24 a fault that was not final is not the reason of later states", async () => {
  const { client, peer } = await member();
  const fault = nextError(client);
  const reasons: unknown[] = [];
  peer.socket.send("nonsense");
  await fault;
  client.on("state", (state, { reason }) => reasons.push([state, reason]));
  await (await server.connection()).welcome();
  await eventually(() => expect(reasons).toEqual([["connected", undefined]]));
});

describe("the end of a session", () => {
  test("settles every event, also if the cause could be repaired, and in rooms that are not joined", async () => {
    const client = connect({ auth: { token: "abc" } });
    client.on("error", () => {});
    const sent = client.room("chat").trigger("message", { text: "x" });
    void client.listRooms().catch(() => {}); // connects
    const ended = expect(sent).rejects.toMatchObject({ code: "token_expired" });
    for (let attempt = 0; attempt < 2; ++attempt) {
      const peer = await server.connection();
      await peer.frame(1);
      peer.say([45, tokenExpired, 0, { message: "The token has expired." }]);
      peer.socket.close(4005);
    }
    await ended;
    expect([client.state, client.pending]).toEqual(["closed", 0]);
  });

  test.each([
    ["a join", (room: Room) => [room.join()]],
    ["a leave and a join", (room: Room) => [room.leave(), room.join()]],
  ])("leaves a join of its handler to the next one, where %s was under way", async (what, begin) => {
    const { client, peer, room } = await member();
    const own = what === "a join" ? client.room("other" as never) : room;
    const [joining] = begin(own as never).slice(-1);
    const refused = expect(joining).rejects.toMatchObject({ code: "token_invalid" });
    let again: Promise<unknown> | undefined;
    client.on("error", () => {});
    client.on("state", (state) => {
      if (state !== "closed") return;
      client.connect();
      again = client.join(own.id as never);
    });
    await peer.frame(what === "a join" ? 2 : 3);
    peer.say([45, tokenInvalid, 0, { message: "The token was not accepted: it is old" }]);
    peer.socket.close(4508);
    await refused;
    const next = await server.connection();
    await next.welcome();
    await next.join();
    expect(await again).toBe(own);
    expect(own.state).toBe("joined");
  });

  test("is not undone by joins that come after it", async () => {
    const { client, peer, room } = await member();
    await end(client, peer);
    const joins = [room.join(), room.join(), client.join("chat")];
    for (const join of joins) await expect(join).rejects.toMatchObject({ code: "token_invalid" });
    expect(client.state).toBe("closed");
  });

  test("ends a check that waits for definitions, and those that come after it", async () => {
    const client = connectPlain();
    const checks = [client.validate("message", {})];
    const peer = await server.connection();
    await peer.frame(1);
    await end(client, peer);
    checks.push(client.validate("message", {}));
    for (const check of checks) await expect(check).rejects.toMatchObject({ code: "token_invalid" });
  });

  test("leaves no reason and no failure for the next one", async () => {
    const { client, peer } = await member();
    const changes: unknown[] = [];
    const failures: string[] = [];
    client.on("error", () => {});
    client.on("connect_error", ({ error }) => failures.push(error.code));
    client.on("state", (state, { reason }) => {
      changes.push([state, reason]);
      if (state === "closed") client.connect();
    });
    peer.say([45, tokenInvalid, 0, {}]);
    peer.socket.close(4508);
    const next = await server.connection();
    next.socket.terminate();
    await (await server.connection()).welcome();
    await eventually(() => expect(client.state).toBe("connected"));
    expect(changes).toEqual([
      ["closed", "token_invalid"],
      ["connecting", undefined],
      ["connected", undefined],
    ]);
    expect(failures).toEqual(["connection_lost"]);
  });
});

test("events that wait for the validator come before those that are triggered once it is there", async () => {
  const { client, peer, room } = await member();
  const sent = [room.trigger("message", { text: "1" }).catch(() => {})];
  await Promise.all([client.preload()]);
  sent.push(room.trigger("message", { text: "2" }).catch(() => {}));
  expect([(await peer.frame(4))[5], (await peer.frame(4))[5]]).toEqual([{ text: "1" }, { text: "2" }]);
});

test("a loop over a room that was left ends without the error of a fault that ended nothing", async () => {
  const { client, peer, room } = await member();
  const fault = nextError(client);
  peer.socket.send("nonsense");
  await fault;
  void room.leave();
  expect(await room.events("message").next()).toMatchObject({ done: true });
});

test("setAuth within a handler of the same turn as a join that is sent again sends nothing as the user before", async () => {
  const { client, peer } = await member();
  const joining = client.join("game-1", { token: () => "t" }).catch(() => {});
  const [, request] = await peer.frame(2);
  const changed = new Promise<void>((resolve) =>
    client.on("waiting", (waiting) => waiting || void client.setAuth({ userId: "bob" }).then(resolve)),
  );
  peer.say([42, request, rateLimited, { message: "Later.", retryAfterMs: 100 }]);
  const next = await server.connection();
  expect((await next.welcome({ userId: "bob" }))[4].identity.userId).toBe("bob");
  await changed;
  client.close();
  await joining;
});
