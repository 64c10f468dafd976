// Who the user is, and that this changes: SignedOut, setAuth and onUser.
import { expect, test, vi } from "vitest";
import { SignedOut } from "../../src/index.js";
import { eventually } from "../support/eventually.js";
import { connect, eventFrame, member, scripted, server } from "../support/member.js";

scripted();

const userOf = (hello: any[]) => hello[4].identity?.userId ?? hello[4].token;

test.each([0, 1])("F-U-M6 a token function that throws SignedOut closes the client, and is not asked again: %i", async (late) => {
  const token = vi.fn((): string | Promise<string> => {
    if (late) return Promise.reject(new SignedOut());
    throw new SignedOut();
  });
  const client = connect({ auth: { token } });
  const errors: unknown[] = [];
  const states: unknown[] = [];
  client.on("error", (error) => errors.push(error));
  client.on("connect_error", (error) => errors.push(error));
  client.on("state", (state, { reason }) => states.push([state, reason]));
  const room = client.room("chat");
  const waits = [room.join(), client.listRooms(), room.trigger("message", { text: "Hi" })];
  for (const wait of waits)
    await expect(wait).rejects.toMatchObject({ code: "unauthorized", message: "The user has signed out." });
  expect([client.state, client.lastError!.code, room.state]).toEqual(["closed", "unauthorized", "refused"]);
  expect(states).toEqual([["closed", "unauthorized"]]);
  expect(errors).toEqual([]);
  expect(token).toHaveBeenCalledOnce();
});

test("F-U-M6 a token function that throws SignedOut later ends the session, and setAuth begins the next one", async () => {
  const token = vi.fn(() => {
    if (token.mock.calls.length > 1) throw new SignedOut();
    return "ann-1";
  });
  const client = connect({ auth: { token } });
  const room = client.room("chat");
  const joining = room.join();
  const peer = await server.connection();
  await peer.welcome();
  await peer.join();
  await joining;
  const left = new Promise((resolve) => room.onLeave(resolve));
  const waiting = room.trigger("message", { text: "Hi" });
  await peer.frame(4);
  peer.say([47, 0, 1]); // the token runs out
  await expect(waiting).rejects.toMatchObject({ code: "unauthorized" });
  expect(await left).toBeUndefined();
  expect(await peer.closed).toBe(1000);
  expect([client.state, room.state]).toEqual(["closed", "idle"]);

  await client.setAuth({ token: "bob-1" });
  const next = await server.connection();
  expect(userOf(await next.welcome({ userId: "bob" }))).toBe("bob-1");
  const again = room.join();
  await next.join();
  await again;
  expect(client.userId).toBe("bob");
}, 20_000);

test("F-U-M6 setAuth leaves as the old user and comes as the new one, whose rooms are the same objects", async () => {
  const { client, peer, room } = await member({ auth: { userId: "ann" } });
  const users: unknown[] = [];
  const states: unknown[] = [];
  const heard: unknown[] = [];
  client.onUser((userId) => users.push(userId));
  room.onState((state) => states.push(state));
  room.onLeave(() => states.push("left"));
  room.on("message", ({ data }) => heard.push(data.text));
  peer.say(eventFrame(1, { text: "for Ann" }));
  await eventually(() => expect(heard).toEqual(["for Ann"]));

  await client.setAuth({ userId: "bob" });
  expect(client.userId).toBeUndefined();
  expect(await peer.closed).toBe(1000); // which ends the session at the server, at once
  const next = await server.connection();
  const hello = await next.welcome({ userId: "bob" });
  expect(userOf(hello)).toBe("bob");
  expect(hello[4].resume).toBeUndefined();
  const join = await next.frame(2);
  expect(join.slice(2, 5)).toEqual([2, 99, 1]); // from where this page has read
  next.say([34, join[1], 8, 99, 1, 1, 1, { roomId: "chat", members: [{ userId: "bob" }] }]);
  next.say([36, 8, 2, 2, 1002, "ann", 0, { text: "for Bob" }]);
  await eventually(() => expect(heard).toEqual(["for Ann", "for Bob"]));
  expect(users).toEqual(["bob"]);
  expect(states).toEqual([]);
  expect([client.state, client.userId, room.state, room.members]).toEqual(["connected", "bob", "joined", [{ userId: "bob" }]]);
});

test("F-U-M6 no event of the old user is sent as the new one: sent, numbered, waiting or not even staged", async () => {
  const { client, peer, room } = await member({ auth: { userId: "ann" } });
  const failure = (promise: Promise<unknown>) =>
    promise.then(
      () => "sent",
      ({ code }) => code,
    );
  const sent = failure(room.trigger("message", { text: "sent" }));
  const limited = failure(room.trigger("message", { text: "limited" }));
  await peer.frame(4);
  await peer.frame(4);
  peer.say([39, 7, 2, 75, 60_000, {}]); // it has a number, and is to be sent again later
  await eventually(() => expect(client.waiting?.code).toBe("rate_limited"));
  const elsewhere = failure(client.room("game-1").trigger("game.move", 1));
  await eventually(() => expect(client.pending).toBe(3));
  await client.setAuth({ userId: "bob" });
  const fresh = room.trigger("message", { text: "of Bob" });
  expect(await Promise.all([sent, limited, elsewhere])).toEqual(["outcome_unknown", "aborted", "aborted"]);
  const next = await server.connection();
  const hello = await next.welcome({ userId: "bob" });
  await next.join();
  expect((await next.frame(4)).slice(3)).toEqual([1, 0, { text: "of Bob" }]);
  next.say([38, 7, 1, 99, 1, 0, 0]);
  expect(await fresh).toMatchObject({ seq: 1 });
  expect(next.messages.join("\n")).not.toMatch(/"sent"|"limited"/);
  expect(hello[4].producer.id).toMatch(/-\d+$/);
});

test("F-J6 what one user triggered is not sent as another one whom the token function names later", async () => {
  const { client, peer, room } = await member({ auth: { token: async () => "any" } });
  const sent = room.trigger("message", { text: "sent" });
  const limited = room.trigger("message", { text: "limited" });
  await peer.frame(4);
  await peer.frame(4);
  peer.say([39, 7, 2, 75, 60_000, {}]); // it has a number
  await eventually(() => expect(client.waiting?.code).toBe("rate_limited"));
  peer.socket.terminate();
  const waiting = room.trigger("message", { text: "waiting" });
  const outcomes = Promise.allSettled([sent, limited, waiting]);
  const renamed = await server.connection();
  const hello = await renamed.welcome({ userId: "bob" });
  const codes = (await outcomes).map((outcome: any) => outcome.reason.code);
  expect(codes).toEqual(["outcome_unknown", "forbidden", "forbidden"]);
  await renamed.join();
  const next = await server.connection(); // as that HELLO has named a producer with numbers
  expect((await next.welcome({ userId: "bob" }))[4].producer.id).not.toBe(hello[4].producer.id);
  await next.join();
  const fresh = room.trigger("message", { text: "of Bob" });
  expect((await next.frame(4)).slice(3)).toEqual([1, 0, { text: "of Bob" }]);
  next.say([38, 7, 1, 99, 1, 0, 0]);
  expect((await fresh).seq).toBe(1);
});

test.each([true, false])(
  "F-J6 what is triggered right after setAuth() is the new user's (%s: the one before signed out)",
  async (isOver) => {
    let isSignedOut = false;
    const token = async () => {
      if (isSignedOut) throw new SignedOut();
      return "of-ann";
    };
    const { client, peer, room } = await member({ auth: { token } });
    if (isOver) {
      isSignedOut = true;
      peer.socket.terminate();
      await eventually(() => expect(client.state).toBe("closed"));
    }
    const changed = client.setAuth({ token: async () => "of-bob" });
    if (isOver) await changed;
    const trigger = room.trigger("message", { text: "of Bob" });
    const next = await server.connection();
    await next.welcome({ userId: "bob" });
    await next.join();
    expect((await next.frame(4))[5]).toEqual({ text: "of Bob" });
    next.say([38, 7, 1, 99, 1, 0, 0]);
    expect((await trigger).seq).toBe(1);
    await changed;
  },
);

test("F-U-M6 what waits for the validator when the user changes is not sent either", async () => {
  const client = connect({ auth: { userId: "ann" } });
  const room = client.room("chat");
  const early = room.trigger("message", { text: "of Ann" });
  const changed = client.setAuth({ userId: "bob" });
  await expect(early).rejects.toMatchObject({ code: "aborted" });
  await changed;
  const later = room.trigger("message", { text: "of Bob" });
  void room.join().catch(() => {});
  const peer = await server.connection();
  expect(userOf(await peer.welcome({ userId: "bob" }))).toBe("bob");
  await peer.join();
  expect((await peer.frame(4))[5]).toEqual({ text: "of Bob" });
  peer.say([38, 7, 1, 99, 1, 0, 0]);
  await later;
});

test("F-U-M6 a late answer of the old user's token function is not used for the new user", async () => {
  let answer = (_: string) => {};
  const client = connect({ auth: { token: () => new Promise<string>((resolve) => (answer = resolve)) } });
  await eventually(() => {
    answer("");
    if (answer.length !== 1) throw new Error("not asked yet");
  });
  await client.setAuth({ token: async () => "of-bob" });
  answer("of-ann");
  const peer = await server.connection();
  expect(userOf(await peer.frame(1))).toBe("of-bob");
});

test("F-U-M6 setAuth connects a client that is not connected, and refuses an invalid identity", async () => {
  const idle = connect({ autoConnect: false, auth: { userId: "ann" } });
  await idle.setAuth({ userId: "bob" });
  expect(userOf(await (await server.connection()).frame(1))).toBe("bob");
  const { client, peer } = await member({ auth: { userId: "ann" } });
  client.disconnect();
  await peer.closed;
  await client.setAuth({ userId: "eve" });
  expect(userOf(await (await server.connection()).frame(1))).toBe("eve");
  await expect(client.setAuth({ userId: "eve", meta: { n: 1n } as any })).rejects.toMatchObject({
    code: "request_invalid",
    path: "$.auth",
  });
  client.close();
  await expect(client.setAuth({ userId: "ann" })).rejects.toMatchObject({ code: "closed" }); // F-A8
  expect(client.state).toBe("closed");
});

test("F-A3 setAuth joins again what was joined when a token function threw SignedOut, from where it was read to", async () => {
  let isOut = false;
  const token = () => {
    if (isOut) throw new SignedOut();
    return "ann-1";
  };
  const { client, peer, room } = await member({ auth: { token } });
  const heard: unknown[] = [];
  room.on("message", ({ data }) => heard.push(data.text));
  const viaRoom = client.room("game-1");
  const second = viaRoom.join({ from: { last: 3 } });
  const [, request] = await peer.frame(2);
  peer.say([34, request, 8, 98, 1, 0, 1, { roomId: "game-1", members: [] }]);
  await second;
  const gone = client.room("game-2");
  const third = gone.join();
  const [, next] = await peer.frame(2);
  peer.say([34, next, 9, 97, 1, 0, 1, { roomId: "game-2", members: [] }]);
  await third;
  peer.say(eventFrame(1, { text: "for Ann" }));
  await eventually(() => expect(heard).toEqual(["for Ann"]));
  isOut = true;
  peer.say([47, 0, 1]);
  expect(await peer.closed).toBe(1000);
  expect([client.state, room.state, viaRoom.state]).toEqual(["closed", "idle", "idle"]);
  await gone.leave(); // which stays so

  const changed = client.setAuth({ token: "bob-1" });
  const other = await server.connection();
  await other.welcome({ userId: "bob" });
  await changed;
  const joins = [await other.frame(2), await other.frame(2)];
  expect(joins.map(([, , ...rest]) => rest.slice(0, 4))).toEqual([
    [2, 99, 1, "chat"],
    [2, 98, 0, "game-1"],
  ]);
  other.say([34, joins[0]![1], 7, 99, 1, 1, 1, { roomId: "chat", members: [] }]);
  other.say([34, joins[1]![1], 8, 98, 1, 0, 1, { roomId: "game-1", members: [] }]);
  other.say([36, 7, 2, 2, 1002, "ann", 0, { text: "for Bob" }]);
  await eventually(() => expect(heard).toEqual(["for Ann", "for Bob"]));
  expect([room.state, viaRoom.state, gone.state, client.userId]).toEqual(["joined", "joined", "idle", "bob"]);
  await viaRoom.join({ from: { last: 3 } }); // as before
  void room.leave(); // one claim
  expect(room.state).toBe("leaving");
}, 20_000);

test("F-A3 a room that the server has ended with the client is not joined again", async () => {
  const { client, peer, room } = await member();
  peer.say([45, 59, 0, { message: "The token was revoked." }]);
  peer.socket.close(4009);
  await eventually(() => expect(client.state).toBe("closed"));
  await client.setAuth({ userId: "bob" });
  const next = await server.connection();
  await next.welcome({ userId: "bob" });
  await eventually(() => expect(client.state).toBe("connected"));
  expect(room.state).toBe("refused");
  const again = room.join();
  await next.join();
  await again;
});

test("F-A4 the end of a client has the same words and the same reason for its rooms, their loops and later joins", async () => {
  const { client, peer, room } = await member();
  const facts = { message: "The application refused: you were rude", reason: "you were rude" };
  const left = new Promise<unknown>((resolve) => room.onLeave(resolve));
  const loop = room.events("message").next();
  const reported = new Promise<unknown>((resolve) => client.on("error", resolve));
  peer.say([45, 76, 0, facts]);
  peer.socket.close(4012);
  const expected = { code: "denied_by_hook", ...facts };
  expect(await reported).toMatchObject(expected);
  expect(await left).toMatchObject(expected);
  await expect(loop).rejects.toMatchObject(expected);
  await expect(room.join()).rejects.toMatchObject(expected);
  await expect(client.join("game-1")).rejects.toMatchObject(expected);
  await expect(room.trigger("message", { text: "a" })).rejects.toMatchObject(expected);
  await expect(room.history().next()).rejects.toMatchObject(expected);
});

test("F-U-M3 onUser reports the authenticated user, and each change", async () => {
  const client = connect();
  const users: unknown[] = [];
  const off = client.onUser((userId) => users.push(userId));
  const peer = await server.connection();
  await peer.welcome({ userId: "guest-1" });
  await eventually(() => expect(users).toEqual(["guest-1"]));
  peer.socket.terminate();
  const second = await server.connection();
  await second.welcome({ userId: "guest-1" });
  await eventually(() => expect(client.state).toBe("connected"));
  second.socket.terminate();
  await (await server.connection()).welcome({ userId: "guest-2" });
  await eventually(() => expect(users).toEqual(["guest-1", "guest-2"]));
  off();
});

test("F-J26 only what a guest has sent under an earlier id is marked as too old to be accepted again", async () => {
  const client = connect();
  const joining = client.join("chat");
  let peer = await server.connection();
  const again = async (userId: string) => {
    peer.socket.terminate();
    peer = await server.connection();
    await peer.welcome({ userId });
    await peer.join();
  };
  await peer.welcome({ userId: "guest-1" });
  await peer.join();
  const room = await joining;
  const sent = room.trigger("message", { text: "1" });
  await peer.frame(4);
  await again("guest-2");
  const tooOld = 2 ** 31;
  expect((await peer.frame(4)).slice(4)).toEqual([{ first: 0, resent: tooOld }, { text: "1" }]);
  peer.say([38, 7, 1, 99, 1, 0, 1]);
  await sent;
  const second = room.trigger("message", { text: "2" });
  await peer.frame(4);
  await again("guest-2");
  const [mark, data] = (await peer.frame(4)).slice(4);
  expect(data).toEqual({ text: "2" });
  expect(mark.resent).toBeLessThan(tooOld);
  peer.say([38, 7, 2, 99, 2, 0, 0]);
  await second;
});

test("leaving a room while setAuth joins it again is not an error", async () => {
  let isOut = false;
  const token = () => {
    if (isOut) throw new SignedOut();
    return "ann-1";
  };
  const { client, peer, room } = await member({ auth: { token } });
  const reported = vi.fn();
  client.on("error", reported);
  isOut = true;
  peer.socket.terminate();
  await eventually(() => expect(client.state).toBe("closed"));
  reported.mockClear();
  const changed = client.setAuth({ token: "bob-1" });
  await eventually(() => expect(room.state).toBe("joining"));
  void room.leave();
  const next = await server.connection();
  await next.welcome({ userId: "bob" });
  const { 1: request } = await next.frame(2);
  next.say([42, request, 61, { message: "This is not allowed." }]);
  await changed;
  await eventually(() => expect(room.state).toBe("idle"));
  expect(reported).not.toHaveBeenCalled();
});
