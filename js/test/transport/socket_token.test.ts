// auth.token: who is asked for it, when, and where it goes.
import { expect, test, vi } from "vitest";
import { Socket } from "../../src/transport/socket.js";
import { connect, nextError, scripted, server } from "../support/member.js";

scripted();

test("a token that is a string goes into HELLO", async () => {
  connect({ auth: { token: "abc" } })
    .join("chat")
    .catch(() => {});
  expect((await (await server.connection()).frame(1))[4]).toMatchObject({ token: "abc" });
});

test("a token function is called for each connection and each refresh, and may be asynchronous", async () => {
  let asked = 0;
  connect({ auth: { token: async () => `token-${++asked}` } })
    .join("chat")
    .catch(() => {});
  const peer = await server.connection();
  expect((await peer.welcome())[4]).toMatchObject({ token: "token-1" });
  peer.say([47, 0, 1]);
  expect(await peer.frame(10)).toEqual([10, expect.any(Number), { token: "token-2" }]);
  peer.socket.terminate();
  const again = await server.connection();
  expect((await again.frame(1))[4]).toMatchObject({ token: "token-3" });
}, 20_000);

test("a token function that fails is reported, and the connection continues", async () => {
  let asked = 0;
  const token = () => {
    if (++asked > 1) throw new Error("signed out");
    return "first";
  };
  const client = connect({ auth: { token } });
  client.join("chat").catch(() => {});
  const peer = await server.connection();
  await peer.welcome();
  const told = nextError(client);
  peer.say([47, 0, 1]);
  expect(await told).toMatchObject({ code: "identity_unavailable", message: "The token function failed: signed out" });
  expect(client.state).toBe("connected");
}, 20_000);

test("F-C20 a pending token function is not called again", async () => {
  let answer = (_: string) => {};
  const token = vi.fn(() => new Promise<string>((resolve) => (answer = resolve)));
  const socket = new Socket({ auth: { token } }, ["websocket"], {
    opening() {},
    received() {},
    lost() {},
    wasCut() {},
    loadOpener: () => new Promise(() => {}),
  });
  const asking = [socket.identify(), socket.identify(), socket.identify()];
  answer("one");
  expect(await Promise.all(asking)).toEqual(Array(3).fill([{ token: "one" }]));
  expect(token).toHaveBeenCalledOnce();
  const later = socket.identify();
  answer("two");
  expect(await later).toEqual([{ token: "two" }]);
});
