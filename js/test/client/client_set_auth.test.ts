// setAuth where something else happens at the same time: before a file is loaded, beside disconnect(), within a handler.
import { expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { SignedOut } from "../../src/index.js";
import { eventually } from "../support/eventually.js";
import { connect, member, scripted, server } from "../support/member.js";

scripted();

const userOf = (hello: any[]) => hello[4].identity?.userId ?? hello[4].token;

test("F-A3 setAuth begins again in a page that has not loaded extra.js", async () => {
  vi.stubGlobal("WebSocket", WebSocket);
  let isOut = false;
  const token = () => {
    if (isOut) throw new SignedOut();
    return "ann-1";
  };
  const { client, peer, room } = await member({ auth: { token }, WebSocket: undefined as never });
  isOut = true;
  peer.say([47, 0, 1]);
  await eventually(() => expect(client.state).toBe("closed"));
  await client.setAuth({ token: "bob-1" });
  const trigger = room.trigger("message", { text: "of Bob" });
  const other = await server.connection();
  await other.welcome({ userId: "bob" });
  await other.join();
  expect((await other.frame(4))[5]).toEqual({ text: "of Bob" });
  other.say([38, 7, 1, 99, 1, 0, 0]);
  expect((await trigger).seq).toBe(1);
});

test.each(["error", "leave", "state"])(
  "setAuth in a handler of the refusal that ends the client begins again: %s",
  async (where) => {
    const { client, peer, room } = await member({ auth: { token: "old" } });
    const renew = () => void client.setAuth({ token: "fresh" }).catch(() => {});
    client.on("error", () => where === "error" && renew());
    room.onLeave(() => where === "leave" && renew());
    client.on("state", (state) => where === "state" && state === "closed" && renew());
    peer.say([45, 58, 0, { message: "The token was not accepted: it is old" }]);
    peer.socket.close(4508);
    const next = await server.connection();
    expect(userOf(await next.welcome())).toBe("fresh");
    await eventually(() => expect(client.state).toBe("connected"));
  },
);

test("disconnect() right after setAuth takes effect if the previous user has signed out", async () => {
  let isOut = false;
  const before = () => {
    if (isOut) throw new SignedOut();
    return "ann-1";
  };
  const { client, peer } = await member({ auth: { token: before } });
  isOut = true;
  peer.say([47, 0, 1]);
  await eventually(() => expect(client.state).toBe("closed"));
  const changed = client.setAuth({ token: () => "bob-1" });
  client.disconnect();
  await peer.closed;
  await changed;
  for (let turn = 0; turn < 10; ++turn) await new Promise((resolve) => setTimeout(resolve));
  expect(server.sockets.clients.size).toBe(0);
  client.connect();
  expect(userOf(await (await server.connection()).frame(1))).toBe("bob-1");
});

test("disconnect() right after setAuth holds for a client that is connected", async () => {
  const { client, peer } = await member({ auth: { userId: "ann" } });
  void client.setAuth({ userId: "bob" });
  client.disconnect();
  await peer.closed;
  await client.preload();
  expect(client.state).toBe("reconnecting");
  expect(server.sockets.clients.size).toBe(0);
  client.connect();
  expect(userOf(await (await server.connection()).frame(1))).toBe("bob");
});

test("setAuth without a connection gives up the slots of the user before, by the secret without a guest's seal", async () => {
  const client = connect({});
  client.connect();
  const peer = await server.connection();
  const secret = "0123456789abcdef".repeat(4).slice(0, 52);
  await peer.welcome({ userId: "guest", resume: `${secret}seal` });
  await eventually(() => expect(client.userId).toBe("guest"));
  peer.socket.terminate();
  await eventually(() => expect(client.state).toBe("reconnecting"));
  await client.setAuth({ userId: "bob" });
  expect((await (await server.connection()).welcome({ userId: "bob" }))[4].resume).toBe(secret);
});

test("setAuth in a handler of onUser leaves nothing of the user before", async () => {
  const client = connect({ auth: { userId: "ann" } });
  const room = client.room("chat");
  void room.join().catch(() => {});
  let trigger: Promise<unknown> | undefined;
  client.onUser((userId) => {
    if (userId !== "ann") return;
    void client.setAuth({ userId: "bob" });
    trigger = room.trigger("message", { text: "of Bob" });
  });
  const peer = await server.connection();
  await peer.welcome({ userId: "ann", resume: "of-ann" });
  const next = await server.connection();
  const hello = await next.welcome({ userId: "bob" });
  expect([userOf(hello), hello[4].resume]).toEqual(["bob", undefined]);
  await next.join();
  expect((await next.frame(4))[5]).toEqual({ text: "of Bob" });
  next.say([38, 7, 1, 99, 1, 0, 0]);
  await trigger;
});
