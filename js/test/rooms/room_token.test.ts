// A token for a room: who is asked for it, when, where it goes, and what becomes of a join without one.
import { expect, test } from "vitest";
import { connect, nextError, scripted, server } from "../support/member.js";

scripted();

/** Gives "1", "2" and so on. */
function counted() {
  let asked = 0;
  return async () => `${++asked}`;
}

test("each JOIN and each rejoin has a new token, and a room without a token function has none", async () => {
  const client = connect();
  client.join("chat", { token: counted(), events: ["message"] }).catch(() => {});
  client.join("game-1").catch(() => {});
  const peer = await server.connection();
  await peer.welcome();
  const joins = [await peer.frame(2), await peer.frame(2)];
  expect(joins.find(([, , , , , id]) => id === "chat")?.[6]).toEqual({ token: "1", events: ["message"] });
  expect(joins.find(([, , , , , id]) => id === "game-1")?.[6]).toEqual({});
  peer.socket.terminate();
  const again = await server.connection();
  await again.welcome();
  const rejoins = [await again.frame(2), await again.frame(2)];
  expect(rejoins.find(([, , , , , id]) => id === "chat")?.[6]).toMatchObject({ token: "2" });
}, 20_000);

test("a join without a token leaves with HELLO, in one message", async () => {
  connect()
    .join("chat")
    .catch(() => {});
  const peer = await server.connection();
  await peer.frame(2);
  expect(peer.messages).toHaveLength(1);
});

test("RENEW is answered by a JOIN of a member with another token, and nothing else happens", async () => {
  const client = connect();
  const joining = client.join("chat", { token: counted() });
  const peer = await server.connection();
  await peer.welcome();
  await peer.join();
  const room = await joining;
  peer.say([40, 7]);
  const [, request, kind, , , id, options] = await peer.frame(2);
  expect([kind, id, options]).toEqual([3, "chat", { token: "2" }]);
  peer.say([42, request, 0, {}]);
  peer.say([40, 7]);
  const second = await peer.frame(2);
  expect(second[6]).toEqual({ token: "3" });
  peer.say([42, second[1], 61, { message: "no" }]);
  const sent = room.trigger("message", { text: "still here" });
  const [, , , number] = await peer.frame(4);
  peer.say([38, 7, number, 99, 1, 1000, 0]);
  expect((await sent).seq).toBe(1);
  expect(room.joined).toBe(true);
});

test("a function that fails is reported, and its JOIN has an empty token", async () => {
  const client = connect();
  const told = nextError(client);
  const refused = client.join("chat", { token: () => Promise.reject(new Error("signed out")) });
  const peer = await server.connection();
  await peer.welcome();
  const [, request, , , , , options] = await peer.frame(2);
  expect(options).toEqual({ token: "" });
  peer.say([42, request, 56, { message: "The server cannot verify identities right now." }]);
  await expect(refused).rejects.toMatchObject({ code: "identity_unavailable" });
  expect(await told).toMatchObject({ code: "identity_unavailable", message: "The token function failed: signed out" });
  expect(client.state).toBe("connected");
});

test("a function that throws at a rejoin is called again later, and the membership continues", async () => {
  let asked = 0;
  const token = () => {
    if (++asked === 2) throw new Error("offline");
    return `${asked}`;
  };
  const client = connect();
  client.on("error", () => {});
  const joining = client.join("chat", { token });
  const peer = await server.connection();
  await peer.welcome();
  await peer.join();
  const room = await joining;
  peer.socket.terminate();
  const again = await server.connection();
  await again.welcome();
  const [, request, , , , , options] = await again.frame(2);
  expect(options).toEqual({ token: "" });
  again.say([42, request, 56, { message: "The server cannot verify identities right now." }]);
  expect((await again.join())[6]).toEqual({ token: "3" });
  expect(room.joined).toBe(true);
}, 20_000);

test("a token that arrives after its connection was lost is not sent on the next one", async () => {
  const waiting: ((token: string) => void)[] = [];
  const client = connect();
  client.join("chat", { token: () => new Promise((resolve) => waiting.push(resolve)) }).catch(() => {});
  const peer = await server.connection();
  await peer.welcome();
  await expect.poll(() => waiting.length).toBe(1);
  peer.socket.terminate();
  const again = await server.connection();
  await again.welcome();
  await expect.poll(() => waiting.length).toBe(2);
  waiting[0]!("old");
  waiting[1]!("new");
  expect((await again.frame(2))[6]).toEqual({ token: "new" });
}, 20_000);

test("when the server ends the membership because its token has expired, onLeave reports it", async () => {
  const client = connect();
  const joining = client.join("chat", { token: () => "t" });
  const peer = await server.connection();
  await peer.welcome();
  await peer.join();
  const room = await joining;
  const left = new Promise<any>((resolve) => room.onLeave(resolve));
  peer.say([35, 0, 7, 57]);
  expect(await left).toMatchObject({ code: "token_expired", roomId: "chat" });
});
