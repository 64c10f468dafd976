// A client of several servers, each of which says what the test wants.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { ConnectError, DialogueError } from "../../src/index.js";
import { eventually } from "../support/eventually.js";
import { connect, scripted } from "../support/member.js";
import { type Peer, ScriptedServer } from "../support/scripted_server.js";

scripted();

const servers: ScriptedServer[] = [];
/** The order in which they are given. */
const asGiven = 1 - Number.EPSILON;
const draining = 52;

async function start(): Promise<ScriptedServer> {
  const server = await ScriptedServer.start();
  servers.push(server);
  return server;
}

/** An address where nobody listens. */
async function refusing(): Promise<string> {
  const server = await ScriptedServer.start();
  server.close();
  return server.url;
}

/** A client whose first choice is the first of `urls`. */
const of = (...urls: [string, ...string[]]) => connect({ url: urls, transports: ["websocket"] });

const connected = (client: ReturnType<typeof connect>) => eventually(() => expect(client.state).toBe("connected"));

beforeEach(() => {
  vi.spyOn(Math, "random").mockReturnValue(asGiven);
});
afterEach(() => {
  vi.restoreAllMocks();
  for (const server of servers.splice(0)) server.close();
});

test("a server that refuses is skipped within one attempt, and each failure is reported", async () => {
  const second = await start();
  const client = of(await refusing(), await refusing(), second.url);
  const failures: ConnectError[] = [];
  client.on("connect_error", (failure) => failures.push(failure));
  const peer = await second.connection();
  await peer.welcome();
  await connected(client);
  expect(failures.map(({ attempt, kind }) => [attempt, kind])).toEqual([
    [1, "unreachable"],
    [2, "unreachable"],
  ]);
  for (const { retryAt } of failures) expect(retryAt).toBeLessThanOrEqual(Date.now());
});

test("after all have failed the client pauses before the first one", async () => {
  const client = of(await refusing(), await refusing());
  const pauses: boolean[] = [];
  await new Promise<void>((resolve) => {
    client.on("connect_error", ({ retryAt }) => {
      pauses.push(retryAt > Date.now());
      if (pauses.length === 4) resolve();
    });
  });
  expect(pauses).toEqual([false, true, false, true]);
});

test("a lost connection is taken over by another server, with the rooms", async () => {
  const [first, second] = [await start(), await start()];
  const client = of(first.url, second.url);
  const joining = client.join("chat");
  const peer = await first.connection();
  await peer.welcome();
  await peer.join();
  await joining;
  first.close();
  const next = await second.connection();
  await next.welcome();
  expect((await next.join())[5]).toBe("chat");
  await connected(client);
});

test("a server that says that it ends is left for another one, by the time that it gave", async () => {
  const [first, second] = [await start(), await start()];
  const client = of(first.url, second.url);
  const peer = await first.connection();
  await peer.welcome();
  await connected(client);
  peer.say([45, draining, 1, { message: "The server is draining." }]);
  peer.socket.close(1012);
  await (await second.connection()).welcome();
  await connected(client);
});

test("a token function that fails does not count against a server", async () => {
  const [first, second] = [await start(), await start()];
  const token = vi.fn().mockRejectedValueOnce(new Error("offline")).mockReturnValue("t");
  const client = connect({ url: [first.url, second.url], transports: ["websocket"], auth: { token } });
  client.on("error", () => {});
  const reached = await Promise.race([first.connection().then(() => 1), second.connection().then(() => 2)]);
  expect(reached).toBe(1);
});

test("a good connection stays when a better choice returns, which the next reconnection finds", async () => {
  const second = await start();
  const down = await ScriptedServer.start();
  down.close();
  const client = of(down.url, second.url);
  const peer: Peer = await second.connection();
  await peer.welcome();
  await connected(client);
  const port = Number(new URL(down.url).port);
  const back = await ScriptedServer.start({ port });
  servers.push(back);
  const { now } = Date;
  vi.spyOn(Date, "now").mockImplementation(() => now() + 60_000);
  expect(client.state).toBe("connected");
  peer.socket.terminate();
  await (await back.connection()).welcome();
  await connected(client);
});

test("addresses are checked when they are passed, and an invalid one is reported and left out", async () => {
  const listen = (url: any) => () => connect({ url });
  for (const url of [[], ["ftp://a"], ["http://a", "javascript:1"]])
    expect(listen(url)).toThrow(expect.objectContaining({ code: "request_invalid", path: "$.url" }));
  const second = await start();
  const client = of(await refusing(), "http://[", second.url);
  const error = await new Promise<DialogueError>((resolve) => client.on("error", resolve));
  expect(error).toMatchObject({ code: "request_invalid", path: "$.url[1]" });
  await (await second.connection()).welcome();
  await connected(client);
});
